import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, type AuthClient } from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { Answer } from '../../rest/answer';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { pageOf, pageWindow, pagingQuery } from '../../rest/paging';
import {
  collaboratorPermission,
  collaboratorView,
  toCollaborator,
  toCollaboratorPermission,
} from '../../rest/serialisers/collaborator';
import { permissionInput, roleOf } from '../../rest/serialisers/repository-permissions';
import { teamView, toTeamView } from '../../rest/serialisers/team';
import { Directory } from './directory';
import { TeamDirectory } from './team-directory';

const tags = ['repos'];
const path = '/api/v3/repos/{owner}/{repo}/collaborators';
const repoParams = z.object({ owner: z.string(), repo: z.string() });
const personParams = repoParams.extend({ username: z.string() });
const reading = { tags, scopes: ['repo', 'public_repo'] } as const;
const changing = { ...reading, secondFactor: 'account' } as const;

const listCollaborators = defineOperation({
  id: 'repos/list-collaborators',
  method: 'GET',
  path,
  summary: 'List everybody with a role in a repository, for those who may write',
  ...reading,
  params: repoParams,
  query: pagingQuery.extend({
    affiliation: z.enum(['outside', 'direct', 'all']).default('all'),
    permission: permissionInput.optional(),
  }),
  responses: { 200: z.array(collaboratorView), 403: 'The caller may not write.', 404: 'Not to be seen.' },
});
const checkCollaborator = defineOperation({
  id: 'repos/check-collaborator',
  method: 'GET',
  path: `${path}/{username}`,
  summary: 'Whether somebody has a role in a repository, for those who may write',
  ...reading,
  params: personParams,
  responses: { 204: 'It has one.', 404: 'It has none.' },
});
const setCollaborator = defineOperation({
  id: 'repos/add-collaborator',
  method: 'PUT',
  path: `${path}/{username}`,
  summary: 'Give somebody a role in a repository, effective at once',
  ...changing,
  params: personParams,
  body: z.object({ permission: permissionInput.default('push') }),
  responses: { 204: 'It has it.', 403: 'The caller is no admin.', 422: 'It owns the repository.' },
});
const removeCollaborator = defineOperation({
  id: 'repos/remove-collaborator',
  method: 'DELETE',
  path: `${path}/{username}`,
  summary: 'Take the role that somebody was given in a repository',
  ...changing,
  params: personParams,
  responses: { 204: 'It has none of its own.', 403: 'The caller is no admin.' },
});
const getPermission = defineOperation({
  id: 'repos/get-collaborator-permission-level',
  method: 'GET',
  path: `${path}/{username}/permission`,
  summary: 'The strongest role of somebody in a repository, for those who may write and for oneself',
  ...reading,
  params: personParams,
  responses: { 200: collaboratorPermission, 404: 'There is no such account.' },
});
const listTeams = defineOperation({
  id: 'repos/list-teams',
  method: 'GET',
  path: '/api/v3/repos/{owner}/{repo}/teams',
  summary: 'List the teams with a role on a repository',
  ...reading,
  params: repoParams,
  query: pagingQuery,
  responses: { 200: z.array(teamView), 404: 'Not to be seen.' },
});

/** Who may do what in a repository. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class GithubCollaboratorsController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly directory: Directory,
    private readonly teams: TeamDirectory,
  ) {}

  @Operation(listCollaborators)
  async list(@Input() input: InputOf<typeof listCollaborators>): Promise<Answer> {
    const { caller, params, query, request } = input;
    const { repository } = await this.directory.getRepository(caller, params, 'write');
    const { items, total } = await this.auth.listCollaborators({
      repositoryId: repository.id,
      affiliation: query.affiliation,
      minimum: query.permission && roleOf(query.permission),
      ...pageWindow(query),
    });
    const accounts = await this.directory.accountsById(items.map(({ accountId }) => accountId));
    const base = this.directory.base(request);
    const shown = items.flatMap(({ accountId, role }) => {
      const account = accounts.get(accountId);
      return account ? [toCollaborator(account, role, base)] : [];
    });
    return pageOf(input, shown, { total });
  }

  @Operation(checkCollaborator)
  async check(@Input() { caller, params }: InputOf<typeof checkCollaborator>): Promise<Answer> {
    const { repository } = await this.directory.getRepository(caller, params, 'write');
    const account = await this.directory.getAccount(params.username, 'user');
    const { given } = await this.auth.findRepositoryRole({
      repositoryId: repository.id,
      accountId: account.id,
    });
    if (!given) throw new DomainError('not_found', `${account.login} is no collaborator.`);
    return new Answer(204);
  }

  @Operation(setCollaborator)
  async set(@Input() { body, caller, params }: InputOf<typeof setCollaborator>): Promise<void> {
    const { repository } = await this.directory.getRepository(caller, params, 'admin');
    const account = await this.directory.getAccount(params.username, 'user');
    if (account.id === repository.ownerId)
      throw new DomainError('validation_failed', `${account.login} owns the repository.`);
    const ids = { repositoryId: repository.id, accountId: account.id };
    await this.auth.setCollaborator({ ...ids, role: roleOf(body.permission), actor: actorOf(caller) });
  }

  /** Admins, and everybody oneself. */
  @Operation(removeCollaborator)
  async remove(@Input() { caller, params }: InputOf<typeof removeCollaborator>): Promise<void> {
    const account = await this.directory.getAccount(params.username, 'user');
    const isOneself = account.id === caller.principal.accountId;
    const { repository } = await this.directory.getRepository(caller, params, isOneself ? 'read' : 'admin');
    const ids = { repositoryId: repository.id, accountId: account.id };
    await this.auth.removeCollaborator({ ...ids, actor: actorOf(caller) });
  }

  @Operation(getPermission)
  async permission(@Input() input: InputOf<typeof getPermission>): Promise<object> {
    const { caller, params, request } = input;
    const account = await this.directory.getAccount(params.username, 'user');
    const isOneself = account.id === caller.principal.accountId;
    const { repository } = await this.directory.getRepository(caller, params, isOneself ? 'read' : 'write');
    const { role } = await this.auth.findRepositoryRole({
      repositoryId: repository.id,
      accountId: account.id,
    });
    return toCollaboratorPermission(account, role, this.directory.base(request));
  }

  @Operation(listTeams)
  async listTeams(@Input() input: InputOf<typeof listTeams>): Promise<Answer> {
    const { caller, params, query, request } = input;
    const { repository, owner } = await this.directory.getRepository(caller, params, 'write');
    const standing = await this.directory.standingOf(caller.principal, owner);
    const { items, total } = await this.auth.listRepositoryTeams({
      repositoryId: repository.id,
      viewerId: standing === 'owner' ? null : caller.principal.accountId,
      ...pageWindow(query),
    });
    const roles = new Map(items.map(({ id, role }) => [id, role]));
    const shown = await this.teams.withParents(items, new Map([[owner.id, owner]]));
    const base = this.directory.base(request);
    return pageOf(
      input,
      shown.map((one) => toTeamView(one, base, roles.get(one.team.id) ?? null)),
      { total },
    );
  }
}
