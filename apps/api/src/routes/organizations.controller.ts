import { Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import { authContract, type AuthClient } from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiCallers } from '../api-callers';
import { checkInput, readInput } from '../read-input';
import { describeAccount, pageQuery } from './users.controller';

const newOrganization = z.strictObject({
  login: z.string(),
  displayName: z.string().max(200).optional(),
  owner: z.string().optional(),
});
const membership = z.strictObject({ role: z.enum(['owner', 'member']).default('member') });

/** Organizations and their members. */
@Controller('api/packhouse/v1/organizations')
export class OrganizationsController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: ApiCallers,
  ) {}

  /** The caller becomes the owner; a site administrator may name another. */
  @Post()
  @HttpCode(201)
  async create(@Req() request: FastifyRequest): Promise<object> {
    const caller = await this.callers.forChange(request, 'admin:org');
    const { login, displayName, owner } = await readInput(request, newOrganization);
    if (owner !== undefined && !caller.principal.siteAdmin)
      throw new DomainError('forbidden', 'Only site administrators name another owner.');
    const ownerAccountId =
      owner === undefined ? caller.principal.accountId : (await this.callers.findAccount(owner, 'user')).id;
    const { account } = await this.auth.createOrganization({
      login,
      displayName,
      ownerAccountId,
      actor: actorOf(caller),
    });
    return describeAccount(account);
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<object> {
    await this.callers.signedIn(request);
    const page = await this.auth.listAccounts({ kind: 'organization', ...checkInput(pageQuery, query) });
    return { items: page.items.map(describeAccount), next: page.next };
  }

  @Get(':org')
  async read(@Req() request: FastifyRequest, @Param('org') org: string): Promise<object> {
    await this.callers.signedIn(request);
    return describeAccount(await this.callers.findAccount(org, 'organization'));
  }

  /** For members only. */
  @Get(':org/members')
  async listMembers(
    @Req() request: FastifyRequest,
    @Param('org') org: string,
    @Query() query: unknown,
  ): Promise<object> {
    const { principal } = await this.callers.signedIn(request);
    const organization = await this.callers.findAccount(org, 'organization');
    const { role } = await this.auth.findMembership({
      organizationId: organization.id,
      accountId: principal.accountId,
    });
    if (!role && !principal.siteAdmin)
      throw new DomainError('forbidden', `Only members of ${organization.login} see who its members are.`);
    return this.auth.listMembers({ organizationId: organization.id, ...checkInput(pageQuery, query) });
  }

  @Put(':org/members/:login')
  @HttpCode(204)
  async setMember(
    @Req() request: FastifyRequest,
    @Param('org') org: string,
    @Param('login') login: string,
  ): Promise<void> {
    const { caller, organization } = await this.callers.ownedOrganization(request, org);
    const { role } = await readInput(request, membership);
    const member = await this.callers.findAccount(login, 'user');
    await this.auth.setMember({
      organizationId: organization.id,
      accountId: member.id,
      role,
      actor: actorOf(caller),
    });
  }

  @Delete(':org/members/:login')
  @HttpCode(204)
  async removeMember(
    @Req() request: FastifyRequest,
    @Param('org') org: string,
    @Param('login') login: string,
  ): Promise<void> {
    const { caller, organization } = await this.callers.ownedOrganization(request, org);
    const member = await this.callers.findAccount(login, 'user');
    await this.auth.removeMember({
      organizationId: organization.id,
      accountId: member.id,
      actor: actorOf(caller),
    });
  }
}
