import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, type AuthClient, type Principal, type Visibility } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { LRUCache } from 'lru-cache';
import type { Answer } from '../../rest/answer';
import { Input, Operation, type InputOf, type OperationInput } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { pageOf, pageWindow, type PagingQuery } from '../../rest/paging';
import {
  toListedRepository,
  type ListedRepository,
  type SeenRepository,
} from '../../rest/serialisers/repository';
import { WrittenJson } from '../../rest/written-json';
import { Directory, reachOf } from './directory';
import * as operations from './repositories.operations';

type Affiliation = 'owner' | 'collaborator' | 'organization_member';
const affiliations: readonly Affiliation[] = ['owner', 'collaborator', 'organization_member'];

/** A repository takes about 6 KB. */
const MAX_WRITTEN = 1500;

interface Sorting {
  readonly sort?: 'created' | 'updated' | 'pushed' | 'full_name';
  readonly direction?: 'asc' | 'desc';
}

interface Wanted {
  readonly ownerId?: string;
  readonly affiliations?: Affiliation[];
  readonly visibility?: Visibility;
}

/** Lists of repositories: what the caller may see, and nothing of what it may not. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class RepositoryListsController {
  /** By all that they are made of, so that none is ever old. */
  private readonly written = new LRUCache<string, WrittenJson<ListedRepository>>({ max: MAX_WRITTEN });

  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly directory: Directory,
  ) {}

  @Operation(operations.listOwnRepositories)
  listOwn(@Input() input: InputOf<typeof operations.listOwnRepositories>): Promise<Answer> {
    const { query } = input;
    if (query.type !== undefined && query.visibility !== 'all')
      throw new DomainError('validation_failed', 'If you specify visibility, you cannot specify type.');
    return this.list(
      input,
      { affiliations: affiliationsOf(query), visibility: ownVisibilityOf(query) },
      'full_name',
    );
  }

  @Operation(operations.listForOrganization)
  async listForOrganization(@Input() input: InputOf<typeof operations.listForOrganization>): Promise<Answer> {
    const organization = await this.directory.getAccount(input.params.org, 'organization');
    const { type } = input.query;
    // Nothing is forked here.
    if (type === 'forks') return pageOf(input, [], { total: 0 });
    const isVisibility = type === 'public' || type === 'private' || type === 'internal';
    const visibility = isVisibility ? type : undefined;
    return this.list(input, { ownerId: organization.id, visibility }, 'created');
  }

  @Operation(operations.listForUser)
  async listForUser(@Input() input: InputOf<typeof operations.listForUser>): Promise<Answer> {
    const account = await this.directory.getAccount(input.params.username);
    if (input.query.type === 'member') return pageOf(input, [], { total: 0 });
    return this.list(input, { ownerId: account.id }, 'full_name');
  }

  private async list(
    input: OperationInput<unknown, PagingQuery & Sorting> & { caller: { principal: Principal | null } },
    wanted: Wanted,
    order: NonNullable<Sorting['sort']>,
  ): Promise<Answer> {
    const { caller, query, request } = input;
    const reach = reachOf(caller.principal);
    const sort = query.sort ?? order;
    const direction = query.direction ?? (sort === 'full_name' ? 'asc' : 'desc');
    const { items, total } = await this.auth.listVisibleRepositories({
      ...wanted,
      accountId: reach?.accountId ?? null,
      everything: reach?.siteAdmin === true,
      sort: sort === 'full_name' ? 'name' : sort === 'created' ? 'created' : 'updated',
      descending: direction === 'desc',
      ...pageWindow(query),
    });
    const owners = await this.directory.accountsById(items.map(({ ownerId }) => ownerId));
    const base = this.directory.base(request);
    const shown = items.flatMap(({ role, ...repository }) => {
      const owner = owners.get(repository.ownerId);
      return owner ? [this.write({ repository, owner, role }, base)] : [];
    });
    return pageOf(input, shown, { total });
  }

  private write(seen: SeenRepository, base: string): WrittenJson<ListedRepository> {
    const { id, number, kind, login, siteAdmin } = seen.owner;
    const name = JSON.stringify([seen.repository, seen.role, id, number, kind, login, siteAdmin, base]);
    let text = this.written.get(name);
    if (!text) this.written.set(name, (text = WrittenJson.of(toListedRepository(seen, base))));
    return text;
  }
}

/** `type` is the older way to say it. */
function affiliationsOf(query: { type?: string; affiliation: string }): Affiliation[] {
  if (query.type === 'owner') return ['owner'];
  if (query.type === 'member') return ['collaborator', 'organization_member'];
  if (query.type !== undefined) return [...affiliations];
  const named = query.affiliation.split(',').map((one) => one.trim());
  return affiliations.filter((one) => named.includes(one));
}

function ownVisibilityOf(query: { type?: string; visibility: string }): Visibility | undefined {
  const wanted = [query.type, query.visibility].find((one) => one === 'public' || one === 'private');
  return wanted === 'public' || wanted === 'private' ? wanted : undefined;
}
