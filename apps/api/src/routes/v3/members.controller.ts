import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, type AuthClient } from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { Answer } from '../../rest/answer';
import { Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { pageOf, pageWindow } from '../../rest/paging';
import { toOrgMembership } from '../../rest/serialisers/organization';
import { toSimpleUser } from '../../rest/serialisers/simple-user';
import { Directory } from './directory';
import * as operations from './members.operations';

/** Who belongs to an organization. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class GithubMembersController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly directory: Directory,
  ) {}

  /** Members for members; others see those who made it public, and nobody does here. */
  @Operation(operations.listMembers)
  async list(@Input() input: InputOf<typeof operations.listMembers>): Promise<object> {
    const { caller, params, query, request } = input;
    const { organization, standing } = await this.directory.getOrganization(caller, params.org);
    if (standing === null || query.filter !== 'all') return pageOf(input, [], { total: 0 });
    const role = query.role === 'all' ? null : query.role === 'admin' ? 'owner' : 'member';
    const { items, total } = await this.auth.listMembersByPage({
      ...{ organizationId: organization.id, role },
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

  @Operation(operations.checkMember)
  async check(@Input() { caller, params }: InputOf<typeof operations.checkMember>): Promise<Answer> {
    const { organization, standing } = await this.directory.getOrganization(caller, params.org);
    const { account } = await this.auth.findAccount({ login: params.username });
    const role = account && (await this.roleOf(organization.id, account.id));
    if (standing === null || !role) throw new DomainError('not_found');
    return new Answer(204);
  }

  @Operation(operations.removeMember)
  removeMember(@Input() input: InputOf<typeof operations.removeMember>): Promise<void> {
    return this.remove(input, false);
  }

  @Operation(operations.removeMembership)
  removeMembership(@Input() input: InputOf<typeof operations.removeMembership>): Promise<void> {
    return this.remove(input, false);
  }

  @Operation(operations.getMembership)
  async getMembership(@Input() input: InputOf<typeof operations.getMembership>): Promise<object> {
    const { caller, params, request } = input;
    const { organization } = await this.directory.getOwnOrganization(caller, params.org);
    const account = await this.directory.getAccount(params.username, 'user');
    const role = await this.roleOf(organization.id, account.id);
    if (!role)
      throw new DomainError('not_found', `${account.login} is not a member of ${organization.login}.`);
    return toOrgMembership(organization, account, role, this.directory.base(request));
  }

  /** GitHub invites people; here they belong to it at once (spec P-7). */
  @Operation(operations.setMembership)
  async setMembership(@Input() input: InputOf<typeof operations.setMembership>): Promise<object> {
    const { body, caller, params, request } = input;
    const organization = await this.directory.getOwnedOrganization(caller, params.org);
    const account = await this.directory.getAccount(params.username, 'user');
    const role = body.role === 'admin' ? ('owner' as const) : ('member' as const);
    const ids = { organizationId: organization.id, accountId: account.id };
    await this.auth.setMember({ ...ids, role, actor: actorOf(caller) });
    return toOrgMembership(organization, account, role, this.directory.base(request));
  }

  @Operation(operations.listOwnMemberships)
  async listOwnMemberships(@Input() input: InputOf<typeof operations.listOwnMemberships>): Promise<object> {
    const { caller, query, request } = input;
    const { accountId, login } = caller.principal;
    if (query.state === 'pending') return pageOf(input, [], { total: 0 });
    const account = await this.directory.getAccount(login, 'user');
    const { items, total } = await this.auth.listOrganizationsOfAccount({ accountId, ...pageWindow(query) });
    const base = this.directory.base(request);
    const shown = items.map(({ role, ...organization }) =>
      toOrgMembership(organization, account, role, base),
    );
    return pageOf(input, shown, { total });
  }

  @Operation(operations.getOwnMembership)
  async getOwnMembership(@Input() input: InputOf<typeof operations.getOwnMembership>): Promise<object> {
    const { caller, params, request } = input;
    const organization = await this.directory.getAccount(params.org, 'organization');
    const account = await this.directory.getAccount(caller.principal.login, 'user');
    const role = await this.roleOf(organization.id, account.id);
    if (!role) throw new DomainError('not_found', `You are not a member of ${organization.login}.`);
    return toOrgMembership(organization, account, role, this.directory.base(request));
  }

  @Operation(operations.listOutsideCollaborators)
  async listOutside(@Input() input: InputOf<typeof operations.listOutsideCollaborators>): Promise<object> {
    const { caller, params, query, request } = input;
    const { organization } = await this.directory.getOwnOrganization(caller, params.org);
    if (query.filter !== 'all') return pageOf(input, [], { total: 0 });
    const { items, total } = await this.auth.listOutsideCollaborators({
      organizationId: organization.id,
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

  @Operation(operations.convertToOutsideCollaborator)
  async convert(@Input() input: InputOf<typeof operations.convertToOutsideCollaborator>): Promise<Answer> {
    await this.remove(input, true);
    return new Answer(204);
  }

  @Operation(operations.removeOutsideCollaborator)
  async removeOutside(
    @Input() { caller, params }: InputOf<typeof operations.removeOutsideCollaborator>,
  ): Promise<void> {
    const organization = await this.directory.getOwnedOrganization(caller, params.org);
    const account = await this.directory.getAccount(params.username, 'user');
    if (await this.roleOf(organization.id, account.id)) {
      throw new DomainError(
        'validation_failed',
        `You cannot specify an organization member to remove as an outside collaborator: ${account.login} is one.`,
      );
    }
    const ids = { organizationId: organization.id, accountId: account.id };
    await this.auth.removeOutsideCollaborator({ ...ids, actor: actorOf(caller) });
  }

  private async remove(
    { caller, params }: Pick<InputOf<typeof operations.removeMember>, 'caller' | 'params'>,
    keepAsOutsideCollaborator: boolean,
  ): Promise<void> {
    const organization = await this.directory.getOwnedOrganization(caller, params.org);
    const account = await this.directory.getAccount(params.username, 'user');
    const ids = { organizationId: organization.id, accountId: account.id };
    await this.auth.removeMember({ ...ids, keepAsOutsideCollaborator, actor: actorOf(caller) });
  }

  private async roleOf(organizationId: string, accountId: string): Promise<'owner' | 'member' | null> {
    return (await this.auth.findMembership({ organizationId, accountId })).role;
  }
}
