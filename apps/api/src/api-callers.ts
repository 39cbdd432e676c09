import { Injectable } from '@nestjs/common';
import {
  authContract,
  type Account,
  type AuthClient,
  type Principal,
  type TokenScope,
} from '@packhouse/contracts';
import { Callers, SecondFactor, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { oneTimePassword } from './rest/operation.interceptor';
import { requireAnyScope } from './rest/scope-check';

/** Who calls the API, and whether its credential reaches as far as the call. */
@Injectable()
export class ApiCallers {
  constructor(
    private readonly callers: Callers,
    private readonly secondFactor: SecondFactor,
    @InjectClient(authContract) private readonly auth: AuthClient,
  ) {}

  signedIn(request: FastifyRequest): Promise<SignedInCaller> {
    return this.callers.identifySignedIn(request);
  }

  /** For changes of accounts, tokens and memberships: the scope, where the credential is a token, and the second factor. */
  async forChange(request: FastifyRequest, scope: TokenScope): Promise<SignedInCaller> {
    const caller = await this.signedIn(request);
    requireScope(caller.principal, scope);
    await this.secondFactor.confirm(request, caller, 'account', oneTimePassword(request));
    return caller;
  }

  async siteAdmin(request: FastifyRequest): Promise<SignedInCaller> {
    const caller = await this.forChange(request, 'site_admin');
    if (!caller.principal.siteAdmin)
      throw new DomainError('forbidden', 'Only site administrators may do this.');
    return caller;
  }

  /** An organization that the caller owns (or administers with the site). */
  async ownedOrganization(
    request: FastifyRequest,
    login: string,
  ): Promise<{ caller: SignedInCaller; organization: Account }> {
    const caller = await this.forChange(request, 'admin:org');
    const organization = await this.findAccount(login, 'organization');
    const { role } = await this.auth.findMembership({
      organizationId: organization.id,
      accountId: caller.principal.accountId,
    });
    if (role !== 'owner' && !caller.principal.siteAdmin)
      throw new DomainError('forbidden', `Only owners of ${organization.login} may do this.`);
    return { caller, organization };
  }

  async findAccount(login: string, kind: 'user' | 'organization'): Promise<Account> {
    const { account } = await this.auth.findAccount({ login });
    if (account?.kind !== kind)
      throw new DomainError('not_found', `There is no ${kind} "${login.slice(0, 60)}".`);
    return account;
  }
}

/** Refuses a token without the scope (or one that contains it), and a fine-grained or workflow token altogether. */
export function requireScope(principal: Principal, scope: TokenScope): void {
  requireAnyScope(principal, [scope]);
}
