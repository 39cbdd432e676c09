import { All, Controller, Delete, Get, HttpCode, Param, Put, Req, UseInterceptors } from '@nestjs/common';
import { authContract, type Account, type AuthClient } from '@packhouse/contracts';
import { actorOf, hasScope, InjectClient, type SignedInCaller } from '@packhouse/gateway-kit';
import { readJson } from '@packhouse/http';
import { DomainError, eachPage } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { NoStore } from '../no-store';
import { NpmCallers } from '../npm-callers';

const memberChange = z.object({
  user: z.string().min(1).max(100),
  role: z.enum(['developer', 'admin', 'owner']).default('developer'),
});

/** `npm org`, and what this registry says of `npm team` (A6). */
@Controller('_registry/npm/-')
@UseInterceptors(NoStore)
export class OrganizationsController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: NpmCallers,
  ) {}

  @Get('org/:org/user')
  async list(@Req() request: FastifyRequest, @Param('org') org: string): Promise<object> {
    const caller = await this.callers.signedIn(request);
    const account = await this.openOrganization(caller, org, 'member');
    const roles = new Map<string, string>();
    for await (const page of eachPage((cursor) =>
      this.auth.listMembers({ organizationId: account.id, cursor }),
    )) {
      for (const member of page) roles.set(member.login, member.role === 'owner' ? 'owner' : 'developer');
    }
    return Object.fromEntries(roles);
  }

  @Put('org/:org/user')
  @HttpCode(200)
  async set(@Req() request: FastifyRequest, @Param('org') org: string): Promise<object> {
    const caller = await this.callers.forChange(request, 'account');
    const account = await this.openOrganization(caller, org, 'owner');
    const body = memberChange.safeParse(await readJson(request, 10_000));
    if (!body.success)
      throw new DomainError(
        'invalid_request',
        'A member has a "user", and a "role" of developer, admin or owner.',
      );
    const member = await this.findUser(body.data.user);
    const role = body.data.role === 'developer' ? 'member' : 'owner';
    await this.auth.setMember({
      organizationId: account.id,
      accountId: member.id,
      role,
      actor: actorOf(caller),
    });
    return {
      org: { name: account.login, size: 0 },
      user: member.login,
      role: role === 'owner' ? 'owner' : 'developer',
    };
  }

  @Delete('org/:org/user')
  @HttpCode(204)
  async remove(@Req() request: FastifyRequest, @Param('org') org: string): Promise<void> {
    const caller = await this.callers.forChange(request, 'account');
    const account = await this.openOrganization(caller, org, 'owner');
    const body = memberChange.safeParse(await readJson(request, 10_000));
    if (!body.success) throw new DomainError('invalid_request', 'Name the member in "user".');
    const member = await this.findUser(body.data.user.replace(/^@/, ''));
    await this.auth.removeMember({
      organizationId: account.id,
      accountId: member.id,
      actor: actorOf(caller),
    });
  }

  @All(['org/:org/team', 'team/:org/:team', 'team/:org/:team/user', 'team/:org/:team/package'])
  teams(): never {
    throw new DomainError(
      'not_implemented',
      'Teams are not managed through npm here: grant people access with "npm owner add", or make them members of the organization with "npm org set".',
    );
  }

  private async openOrganization(
    caller: SignedInCaller,
    login: string,
    needed: 'member' | 'owner',
  ): Promise<Account> {
    const { account } = await this.auth.findAccount({ login });
    const { accountId, siteAdmin, scopes } = caller.principal;
    const role =
      account?.kind === 'organization'
        ? (await this.auth.findMembership({ organizationId: account.id, accountId })).role
        : null;
    if (!account || account.kind !== 'organization' || (!role && !siteAdmin))
      throw new DomainError(
        'not_found',
        `There is no organization "${login.slice(0, 60)}", or you are not a member of it.`,
      );
    if (needed === 'member') return account;
    if (role !== 'owner' && !siteAdmin)
      throw new DomainError('forbidden', `Only owners of ${account.login} change its members.`);
    if (!hasScope(scopes, 'admin:org'))
      throw new DomainError(
        'forbidden',
        'This token lacks the scope admin:org: create one that has it, or sign in with your password.',
      );
    return account;
  }

  private async findUser(login: string): Promise<Account> {
    const { account } = await this.auth.findAccount({ login });
    if (account?.kind !== 'user')
      throw new DomainError('not_found', `There is no user "${login.slice(0, 60)}".`);
    return account;
  }
}
