import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, type Account, type AuthClient, type Team } from '@packhouse/contracts';
import { actorOf, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import type { Answer } from '../../rest/answer';
import { Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { pageOf, pageWindow } from '../../rest/paging';
import { toTeamFull, toTeamView } from '../../rest/serialisers/team';
import { countRepositories } from './count-repositories';
import { Directory } from './directory';
import { TeamDirectory } from './team-directory';
import * as operations from './teams.operations';

/** Teams of organizations. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class TeamsController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly directory: Directory,
    private readonly teams: TeamDirectory,
  ) {}

  @Operation(operations.listTeams)
  async list(@Input() input: InputOf<typeof operations.listTeams>): Promise<Answer> {
    const { caller, params, query } = input;
    const { organization, standing } = await this.directory.getOwnOrganization(caller, params.org);
    const page = await this.auth.listTeams({
      organizationId: organization.id,
      viewerId: standing === 'owner' ? null : caller.principal.accountId,
      ...pageWindow(query),
    });
    return this.page(input, page, organization);
  }

  /** Members make teams, as GitHub lets them unless told otherwise; who is no owner maintains what it made. */
  @Operation(operations.createTeam)
  async create(@Input() input: InputOf<typeof operations.createTeam>): Promise<object> {
    const { body, caller, params, request } = input;
    const { organization, standing } = await this.directory.getOwnOrganization(caller, params.org);
    const parentId = (await this.teams.readParent(caller, organization, body)) ?? null;
    const maintainers = await Promise.all(
      (body.maintainers ?? []).map((login) => this.directory.getAccount(login, 'user')),
    );
    const maintainerIds = maintainers.map(({ id }) => id);
    if (standing !== 'owner') maintainerIds.push(caller.principal.accountId);
    const repositories = await this.readRepositories(caller, organization, body.repo_names ?? []);
    const actor = actorOf(caller);
    const { team } = await this.auth.createTeam({
      organizationId: organization.id,
      name: body.name,
      description: body.description,
      privacy: body.privacy ?? (parentId === null ? 'secret' : 'closed'),
      ...{ parentId, maintainerIds, actor },
    });
    const role = body.permission === 'push' ? 'write' : 'read';
    for (const repositoryId of repositories)
      await this.auth.setTeamRepository({ teamId: team.id, repositoryId, role, actor });
    const { teams } = await this.auth.getTeams({ ids: [team.id] });
    return this.describe(teams[0] ?? team, organization, request);
  }

  @Operation(operations.getTeam)
  async read(@Input() { caller, params, request }: InputOf<typeof operations.getTeam>): Promise<object> {
    const { team, organization } = await this.teams.getTeam(caller, params);
    return this.describe(team, organization, request);
  }

  @Operation(operations.updateTeam)
  async update(@Input() input: InputOf<typeof operations.updateTeam>): Promise<object> {
    const { body, caller, params, request } = input;
    const { team, organization } = await this.teams.getMaintainedTeam(caller, params);
    const { team: changed } = await this.auth.updateTeam({
      teamId: team.id,
      name: body.name,
      description: body.description,
      privacy: body.privacy,
      parentId: await this.teams.readParent(caller, organization, body),
      actor: actorOf(caller),
    });
    return this.describe(changed, organization, request);
  }

  @Operation(operations.deleteTeam)
  async delete(@Input() { caller, params }: InputOf<typeof operations.deleteTeam>): Promise<void> {
    const { team } = await this.teams.getMaintainedTeam(caller, params);
    await this.auth.deleteTeam({ teamId: team.id, actor: actorOf(caller) });
  }

  @Operation(operations.listChildTeams)
  async listBelow(@Input() input: InputOf<typeof operations.listChildTeams>): Promise<Answer> {
    const { caller, params, query } = input;
    const { team, organization, standing } = await this.teams.getTeam(caller, params);
    const page = await this.auth.listChildTeams({
      teamId: team.id,
      viewerId: standing === 'owner' ? null : caller.principal.accountId,
      ...pageWindow(query),
    });
    return this.page(input, page, organization);
  }

  @Operation(operations.listOwnTeams)
  async listOwn(@Input() input: InputOf<typeof operations.listOwnTeams>): Promise<Answer> {
    const { caller, query, request } = input;
    const { accountId } = caller.principal;
    const { items, total } = await this.auth.listTeamsOfAccount({ accountId, ...pageWindow(query) });
    const organizations = await this.directory.accountsById(items.map((team) => team.organizationId));
    const figures = new Map<string, number>();
    for (const id of organizations.keys()) figures.set(id, await countRepositories(this.auth, id, null));
    const base = this.directory.base(request);
    const shown = await this.teams.withParents(items, organizations);
    return pageOf(
      input,
      shown.map((one) => toTeamFull(one, figures.get(one.organization.id) ?? 0, base)),
      { total },
    );
  }

  private async page(
    input: InputOf<typeof operations.listTeams> | InputOf<typeof operations.listChildTeams>,
    { items, total }: { items: Team[]; total: number },
    organization: Account,
  ): Promise<Answer> {
    const shown = await this.teams.withParents(items, new Map([[organization.id, organization]]));
    const base = this.directory.base(input.request);
    return pageOf(
      input,
      shown.map((one) => toTeamView(one, base)),
      { total },
    );
  }

  private async describe(team: Team, organization: Account, request: FastifyRequest): Promise<object> {
    const shown = await this.teams.withParent(team, organization);
    const publicRepositories = await countRepositories(this.auth, organization.id, null);
    return toTeamFull(shown, publicRepositories, this.directory.base(request));
  }

  /** Repositories that a new team shall have: the caller must administer them. */
  private async readRepositories(
    caller: SignedInCaller,
    organization: Account,
    names: readonly string[],
  ): Promise<string[]> {
    const ids: string[] = [];
    for (const name of names) {
      const [owner = '', repo = ''] = name.split('/', 2);
      const { repository } = await this.directory.getRepository(caller, { owner, repo }, 'admin');
      if (repository.ownerId !== organization.id)
        throw new DomainError('validation_failed', `${name} is not a repository of ${organization.login}.`);
      ids.push(repository.id);
    }
    return ids;
  }
}
