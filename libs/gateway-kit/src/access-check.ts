import { Inject, Injectable } from '@nestjs/common';
import {
  authContract,
  factKey,
  type AuthClient,
  type Decision,
  type PackageAction,
  type PackageFacts,
} from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { InjectClient, INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import type { Caller } from './caller';
import { FactCache } from './fact-cache';
import type { Owner } from './package-lookup';

/** Asks the permission service, and remembers its answers until a fact behind them changes. */
@Injectable()
export class AccessCheck {
  private readonly decisions: FactCache<Decision>;

  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
  ) {
    this.decisions = new FactCache(invalidations, { maxEntries: 100_000 });
  }

  /**
   * Resolves when the caller may do `action` to an existing package; rejects as the decision says. `name` is the one
   * that was asked for: a refusal that showed the stored one would give away how a hidden package is written.
   */
  async require(
    caller: Caller,
    action: PackageAction,
    owner: Owner,
    facts: PackageFacts,
    name = facts.name,
  ): Promise<void> {
    const { principal } = caller;
    const who = principal ? `${principal.accountId}/${principal.tokenId ?? ''}` : '';
    const decision = await this.decisions.get(
      `${who}|${facts.id}|${facts.visibility}|${action}|${name}`,
      async () => {
        const value = await this.auth.decide({
          principal,
          action,
          subject: subjectOf(facts.format, owner, name, facts),
        });
        const keys = [factKey.packageAccess(facts.id)];
        if (principal) keys.push(factKey.account(principal.accountId));
        if (caller.tokenHash) keys.push(factKey.token(caller.tokenHash));
        return { value, keys };
      },
    );
    refuseUnlessAllowed(decision);
  }

  /** Resolves when the caller may make a package of this name; rejects as the decision says. */
  requireCreate(caller: Caller, format: string, owner: Owner, name: string): Promise<void> {
    return this.requireUnseen(caller, 'write', { format, owner, name });
  }

  /**
   * Rejects as for a package of this name that the caller may not see. Resolves only for a caller who might create it,
   * to whom its absence is no secret.
   */
  async requireUnseen(
    { principal }: Caller,
    action: PackageAction,
    { format, owner, name }: { format: string; owner: Owner; name: string },
  ): Promise<void> {
    const subject = subjectOf(format, owner, name, null);
    refuseUnlessAllowed(await this.auth.decide({ principal, action, subject }));
  }
}

function subjectOf(format: string, owner: Owner, name: string, facts: PackageFacts | null) {
  return {
    format,
    ownerId: owner.id,
    ownerLogin: owner.login,
    name,
    scope: facts?.scope,
    repositoryId: facts?.repositoryId,
    package: facts && { id: facts.id, visibility: facts.visibility, inheritsAccess: facts.inheritsAccess },
  };
}

function refuseUnlessAllowed(decision: Decision): void {
  if (!decision.allowed) throw new DomainError(decision.code, decision.reason);
}
