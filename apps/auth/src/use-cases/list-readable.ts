import { Injectable } from '@nestjs/common';
import { canReadWith, limitsAllow } from '@packhouse/access';
import {
  isReadableRepository,
  nothingReadable,
  readableKinds,
  type Principal,
  type Readable,
  type ReadableIds,
} from '@packhouse/contracts';
import { FormatStates } from '../facts/format-states';
import { MAX_TRAVELLING, ReadableFacts } from '../facts/readable-facts';
import { RepositoryFacts } from '../facts/repository-facts';
import type { Answer, Ask } from '../messages';

/** Fits a message with room to spare. */
const MAX_PART = 16_000;

/** What a caller may read besides public packages, for lists and searches: the same rules as for a single package. */
@Injectable()
export class ListReadable {
  constructor(
    private readonly facts: ReadableFacts,
    private readonly formats: FormatStates,
    private readonly repositories: RepositoryFacts,
  ) {}

  async run({ principal, ownerId }: Ask<'listReadable'>): Promise<Answer<'listReadable'>> {
    const complete = await this.complete(principal, ownerId);
    const { elsewhere } = complete;
    if (elsewhere === null) return complete;
    return { ...complete, ...noIds };
  }

  async listIds({ of, from }: Ask<'listReadableIds'>): Promise<Answer<'listReadableIds'>> {
    const { ids, key, count } = await this.facts.get(of);
    const to = from + MAX_PART;
    let before = 0;
    const part = readableKinds.map((kind) => {
      const start = before;
      before += ids[kind].length;
      return [kind, ids[kind].slice(Math.max(0, from - start), Math.max(0, to - start))] as const;
    });
    const lists = Object.fromEntries(part) as unknown as ReadableIds;
    return { ...lists, key, next: to < count ? to : null };
  }

  async filterRepositories({
    principal,
    ids,
  }: Ask<'filterReadableRepositories'>): Promise<Answer<'filterReadableRepositories'>> {
    const repositories = await this.repositories.list(ids);
    const owners = new Set(repositories.map(({ ownerId }) => ownerId));
    const [only = null] = owners.size === 1 ? owners : [];
    const readable = await this.complete(principal, only);
    return { ids: repositories.filter((one) => isReadableRepository(one, readable)).map(({ id }) => id) };
  }

  /** With the ids at hand, however many they are; `elsewhere` says whether they are too many to travel. */
  private async complete(principal: Principal | null, ownerId: string | null): Promise<Readable> {
    const states = await this.formats.all();
    const disabledFormats = [...states].filter(([, state]) => state === 'disabled').map(([format]) => format);
    const nothing = { ...nothingReadable, disabledFormats };
    if (principal === null || !mayRead(principal)) return nothing;
    const { limits, scopes } = principal;
    if (limits !== null && ownerId !== null && ownerId !== limits.ownerId) return nothing;
    return {
      ...nothing,
      ...(await this.findConditions(principal, limits?.ownerId ?? ownerId)),
      repositoryScoped: scopes === null || scopes.includes('repo'),
      namePatterns: limits?.packages ?? null,
    };
  }

  private async findConditions(principal: Principal, ownerId: string | null): Promise<Partial<Readable>> {
    const { siteAdmin, limits, accountId } = principal;
    const workflow = principal.workflow && {
      ownerId: principal.workflow.ownerId,
      repositoryId: principal.workflow.repositoryId,
    };
    if (siteAdmin && !workflow)
      return limits === null ? { everything: true } : { ownerIds: [limits.ownerId] };
    const { ids, count, key } = await this.facts.get({ accountId, workflow, ownerId });
    return { ...ids, elsewhere: count > MAX_TRAVELLING ? { accountId, workflow, ownerId, key } : null };
  }
}

const noIds = Object.fromEntries(readableKinds.map((kind) => [kind, []])) as unknown as ReadableIds;

/** Whether the credential lets read anything that is not public. */
function mayRead({ scopes, limits }: Principal): boolean {
  return canReadWith(scopes) && (limits === null || limitsAllow(limits.actions, 'read'));
}
