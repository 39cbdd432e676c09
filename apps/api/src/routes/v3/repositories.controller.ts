import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, type Account, type AuthClient, type Visibility } from '@packhouse/contracts';
import { actorOf, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { toMinimalRepository } from '../../rest/serialisers/minimal-repository';
import { toFullRepository } from '../../rest/serialisers/repository';
import { Directory } from './directory';
import * as operations from './repositories.operations';

/** Repositories, one at a time. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class GithubRepositoriesController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly directory: Directory,
  ) {}

  @Operation(operations.createForUser)
  async createForUser(@Input() input: InputOf<typeof operations.createForUser>): Promise<object> {
    const { body, caller, request } = input;
    const owner = await this.directory.getAccount(caller.principal.login, 'user');
    const visibility = visibilityOf(body) ?? 'public';
    requireReach(caller, visibility);
    const { name, description } = body;
    const wanted = { ownerId: owner.id, name, description, visibility };
    const { repository } = await this.auth.createRepository({ ...wanted, actor: actorOf(caller) });
    return toFullRepository({ repository, owner, role: 'admin' }, this.directory.base(request));
  }

  @Operation(operations.createInOrganization)
  async createInOrganization(
    @Input() input: InputOf<typeof operations.createInOrganization>,
  ): Promise<object> {
    const { body, caller, params, request } = input;
    const { organization } = await this.directory.getOwnOrganization(caller, params.org);
    const visibility = visibilityOf(body) ?? 'public';
    requireReach(caller, visibility);
    const actor = actorOf(caller);
    const { repository } = await this.auth.createRepository({
      ...{ ownerId: organization.id, name: body.name, description: body.description, visibility, actor },
      teamId: body.team_id === undefined ? null : await this.getTeamId(organization, body.team_id),
    });
    return toFullRepository({ repository, owner: organization, role: 'admin' }, this.directory.base(request));
  }

  @Operation(operations.getRepository)
  async read(@Input() input: InputOf<typeof operations.getRepository>): Promise<object> {
    const seen = await this.directory.getRepository(input.caller, input.params);
    return toFullRepository(seen, this.directory.base(input.request));
  }

  @Operation(operations.updateRepository)
  async update(@Input() input: InputOf<typeof operations.updateRepository>): Promise<object> {
    const { body, caller, params, request } = input;
    const seen = await this.directory.getRepository(caller, params, 'admin');
    const visibility = visibilityOf(body);
    if (visibility !== undefined && visibility !== seen.repository.visibility) {
      requireReach(caller, visibility);
    }
    const { repository } = await this.auth.updateRepository({
      repositoryId: seen.repository.id,
      name: body.name,
      description: body.description,
      visibility,
      actor: actorOf(caller),
    });
    return toFullRepository({ ...seen, repository }, this.directory.base(request));
  }

  @Operation(operations.deleteRepository)
  async delete(@Input() input: InputOf<typeof operations.deleteRepository>): Promise<void> {
    const { caller, params } = input;
    const { repository } = await this.directory.getRepository(caller, params, 'admin');
    await this.auth.deleteRepository({ repositoryId: repository.id, actor: actorOf(caller) });
  }

  /** GitHub asks a new owner who is a user; here nobody gets a repository that one did not ask for. */
  @Operation(operations.transferRepository)
  async transfer(@Input() input: InputOf<typeof operations.transferRepository>): Promise<object> {
    const { body, caller, params, request } = input;
    const { repository: before } = await this.directory.getRepository(caller, params, 'admin');
    const { account: newOwner } = await this.auth.findAccount({ login: body.new_owner });
    if (!newOwner) throw refusedOwner(body.new_owner);
    await this.checkMayGive(caller, newOwner);
    const teamIds: string[] = [];
    for (const number of body.team_ids ?? []) teamIds.push(await this.getTeamId(newOwner, number));
    const { repository } = await this.auth.transferRepository({
      repositoryId: before.id,
      newOwnerId: newOwner.id,
      newName: body.new_name,
      teamIds,
      actor: actorOf(caller),
    });
    return toMinimalRepository(repository, newOwner, this.directory.base(request));
  }

  private async checkMayGive({ principal }: SignedInCaller, newOwner: Account): Promise<void> {
    if (principal.siteAdmin || newOwner.id === principal.accountId) return;
    if (newOwner.kind !== 'organization') throw refusedOwner(newOwner.login);
    if ((await this.directory.standingOf(principal, newOwner)) === null) throw refusedOwner(newOwner.login);
  }

  private async getTeamId(organization: Account, number: number): Promise<string> {
    const { team } = await this.auth.findTeamByNumber({ number });
    if (team?.organizationId !== organization.id)
      throw new DomainError('validation_failed', `${organization.login} has no team with the id ${number}.`);
    return team.id;
  }
}

/** GitHub's two fields for one thing; the newer one counts. */
function visibilityOf(body: { private?: boolean; visibility?: Visibility }): Visibility | undefined {
  if (body.visibility !== undefined) return body.visibility;
  return body.private === undefined ? undefined : body.private ? 'private' : 'public';
}

/** A token with `public_repo` alone makes nothing that it could not see. */
function requireReach({ principal }: SignedInCaller, visibility: Visibility): void {
  if (visibility !== 'public' && principal.scopes && !principal.scopes.includes('repo'))
    throw new DomainError('forbidden', 'This token lacks the scope repo: create one that has it.');
}

function refusedOwner(login: string): DomainError {
  return new DomainError(
    'forbidden',
    `You cannot give repositories to "${login.slice(0, 60)}": name yourself or an organization that you are a member of, or ask a site administrator.`,
  );
}
