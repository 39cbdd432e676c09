import { Injectable } from '@nestjs/common';
import { authContract, type Account, type AuthClient } from '@packhouse/contracts';
import type { SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';

/** Who may read which part of the audit log. */
@Injectable()
export class AuditReaders {
  constructor(@InjectClient(authContract) private readonly auth: AuthClient) {}

  /**
   * The account whose entries are asked for, or null: all. Site administrators read everything, owners of an organization
   * what concerns it, everybody what concerns their own account.
   */
  async requireScope(caller: SignedInCaller, owner: string | undefined): Promise<Account | null> {
    const { principal } = caller;
    if (owner === undefined) {
      if (principal.siteAdmin) return null;
      throw new DomainError(
        'forbidden',
        'Only site administrators read the whole audit log: name an organization that you own, or yourself, in "owner".',
      );
    }
    const { account } = await this.auth.findAccount({ login: owner });
    const sentence = `There is no account "${owner.slice(0, 60)}" whose audit log you may read.`;
    if (!account) throw new DomainError('not_found', sentence);
    if (principal.siteAdmin || account.id === principal.accountId) return account;
    if (account.kind !== 'organization') throw new DomainError('not_found', sentence);
    await this.requireOwner(caller, account);
    return account;
  }

  /** An organization whose log the caller may read. */
  async requireOrganization(caller: SignedInCaller, login: string): Promise<Account> {
    const { account } = await this.auth.findAccount({ login });
    if (account?.kind !== 'organization')
      throw new DomainError('not_found', `There is no organization "${login.slice(0, 60)}".`);
    if (!caller.principal.siteAdmin) await this.requireOwner(caller, account);
    return account;
  }

  private async requireOwner({ principal }: SignedInCaller, organization: Account): Promise<void> {
    const { role } = await this.auth.findMembership({
      organizationId: organization.id,
      accountId: principal.accountId,
    });
    if (role !== 'owner')
      throw new DomainError(
        'forbidden',
        `Only owners of ${organization.login} and site administrators read its audit log.`,
      );
  }
}
