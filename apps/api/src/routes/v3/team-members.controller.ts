import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, type Account, type AuthClient, type Team, type TeamRole } from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import type { Answer } from '../../rest/answer';
import { Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { pageOf, pageWindow } from '../../rest/paging';
import { toSimpleUser } from '../../rest/serialisers/simple-user';
import { teamUrl } from '../../rest/serialisers/team';
import { Directory } from './directory';
import { TeamDirectory } from './team-directory';
import * as operations from './teams.operations';

/** Who is in which team. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class TeamMembersController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly directory: Directory,
    private readonly teams: TeamDirectory,
  ) {}

  @Operation(operations.listTeamMembers)
  async list(@Input() input: InputOf<typeof operations.listTeamMembers>): Promise<Answer> {
    const { caller, params, query, request } = input;
    const { team } = await this.teams.getTeam(caller, params);
    const { items, total } = await this.auth.listTeamMembers({
      teamId: team.id,
      role: query.role === 'all' ? null : query.role,
      ...pageWindow(query),
    });
    const accounts = await this.directory.listAccounts(items.map(({ accountId }) => accountId));
    const base = this.directory.base(request);
    return pageOf(
      input,
      accounts.map((account) => toSimpleUser(account, base)),
      { total },
    );
  }

  @Operation(operations.getTeamMembership)
  async read(@Input() input: InputOf<typeof operations.getTeamMembership>): Promise<object> {
    const { caller, params, request } = input;
    const { team, organization } = await this.teams.getTeam(caller, params);
    const account = await this.directory.getAccount(params.username, 'user');
    const { role } = await this.auth.findTeamMember({ teamId: team.id, accountId: account.id });
    if (!role) throw new DomainError('not_found', `${account.login} is not in the team.`);
    return this.describe({ team, organization, account, role }, request);
  }

  @Operation(operations.setTeamMembership)
  async set(@Input() input: InputOf<typeof operations.setTeamMembership>): Promise<object> {
    const { body, caller, params, request } = input;
    const { team, organization } = await this.teams.getMaintainedTeam(caller, params);
    const account = await this.directory.getAccount(params.username, 'user');
    const ids = { organizationId: organization.id, accountId: account.id };
    if ((await this.auth.findMembership(ids)).role === null) {
      throw new DomainError(
        'validation_failed',
        `${account.login} is not a member of ${organization.login}: add the account to the organization first.`,
      );
    }
    const { role } = body;
    await this.auth.setTeamMember({
      ...{ teamId: team.id, accountId: account.id, role },
      actor: actorOf(caller),
    });
    return this.describe({ team, organization, account, role }, request);
  }

  /** Maintainers, and everybody oneself. */
  @Operation(operations.removeTeamMembership)
  async remove(@Input() { caller, params }: InputOf<typeof operations.removeTeamMembership>): Promise<void> {
    const account = await this.directory.getAccount(params.username, 'user');
    const isOneself = account.id === caller.principal.accountId;
    const { team } = isOneself
      ? await this.teams.getTeam(caller, params)
      : await this.teams.getMaintainedTeam(caller, params);
    await this.auth.removeTeamMember({
      ...{ teamId: team.id, accountId: account.id },
      actor: actorOf(caller),
    });
  }

  private describe(
    member: { team: Team; organization: Account; account: Account; role: TeamRole },
    request: FastifyRequest,
  ): object {
    const { team, organization, account, role } = member;
    const url = teamUrl(team, organization, this.directory.base(request));
    return { url: `${url}/memberships/${encodeURIComponent(account.login)}`, role, state: 'active' };
  }
}
