import { Inject, Injectable } from '@nestjs/common';
import {
  authContract,
  factKey,
  type AccessSubject,
  type AuthClient,
  type Decision,
  type PackageAction,
  type PackageFacts,
  type Visibility,
} from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { FactCache, InjectClient, INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import type { Caller } from './caller';
import type { Owner } from './package-lookup';

/** A name under an owner at which there is nothing, as far as the caller may know. */
export interface FreePlace {
  readonly format: string;
  readonly owner: Owner;
  readonly name: string;
  /** Visibility that the package would have. */
  readonly newVisibility?: Visibility;
  /** The repository that it would be linked to, or to which packages of such a format belong. */
  readonly repositoryId?: string | null;
  readonly scope?: AccessSubject['scope'];
}

type AskedSubject = Parameters<AuthClient['decide']>[0]['subject'];

/** Asks the permission service, and remembers its answers until a fact behind them changes. */
@Injectable()
export class AccessCheck {
  private readonly decisions: FactCache<Decision>;

  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
  ) {
    this.decisions = new FactCache(invalidations, { max: 100_000 });
  }

  /**
   * Resolves when the caller may do `action` to an existing package; rejects as the decision says. `name` is the one
   * that was asked for: a refusal that showed the stored one would give away how a hidden package is written. For the
   * same reason `newVisibility` is what the package would get if it were new: a refusal may depend on it.
   */
  async require(
    caller: Caller,
    action: PackageAction,
    owner: Owner,
    facts: PackageFacts,
    { name = facts.name, newVisibility = 'private' }: { name?: string; newVisibility?: Visibility } = {},
  ): Promise<void> {
    refuseUnlessAllowed(await this.decide(caller, action, owner, facts, { name, newVisibility }));
  }

  /** Whether the caller may do `action` to an existing package. */
  async can(caller: Caller, action: PackageAction, owner: Owner, facts: PackageFacts): Promise<boolean> {
    const wanted = { name: facts.name, newVisibility: 'private' } as const;
    return (await this.decide(caller, action, owner, facts, wanted)).allowed;
  }

  /** Whether a decision is in memory that lets the caller read a package which was asked for by `name`. */
  recallsRead(caller: Caller, facts: PackageFacts, name: string): boolean {
    const question = questionName(caller, 'read', facts, { name, newVisibility: 'private' });
    return this.decisions.peek(question)?.allowed === true;
  }

  /** Resolves when the caller may make a package there; rejects as the decision says. */
  requireCreate(caller: Caller, place: FreePlace): Promise<void> {
    return this.requireUnseen(caller, 'write', place);
  }

  /**
   * Rejects as for a package of this name that the caller may not see. Resolves only for a caller who might create it,
   * to whom its absence is no secret.
   */
  async requireUnseen(caller: Caller, action: PackageAction, place: FreePlace): Promise<void> {
    const { owner, ...rest } = place;
    const { format, scope = '', repositoryId = null, name, newVisibility = 'private' } = place;
    const where = `${format}:${owner.id}/${scope}/${repositoryId ?? ''}`;
    const question = `${callerName(caller)}||${where}|${action}|${newVisibility}|${name}`;
    const decision = await this.ask(question, caller, action, () => ({
      subject: { ...rest, ownerId: owner.id, ownerLogin: owner.login, package: null },
      keys: keysOf(caller, { format, ownerId: owner.id, repositoryId }),
    }));
    refuseUnlessAllowed(decision);
  }

  private decide(
    caller: Caller,
    action: PackageAction,
    owner: Owner,
    facts: PackageFacts,
    wanted: { readonly name: string; readonly newVisibility: Visibility },
  ): Decision | Promise<Decision> {
    return this.ask(questionName(caller, action, facts, wanted), caller, action, () => {
      const subject = { ...subjectOf(owner, facts), ...wanted };
      return { subject, keys: [factKey.packageAccess(facts.id), ...keysOf(caller, facts)] };
    });
  }

  private ask(
    question: string,
    { principal }: Caller,
    action: PackageAction,
    describe: () => { subject: AskedSubject; keys: readonly string[] },
  ): Decision | Promise<Decision> {
    return this.decisions.get(question, async () => {
      const { subject, keys } = describe();
      const value = await this.auth.decide({ principal, action, subject });
      // A refusal costs the same question for a hidden package and a free name: else its speed would tell which it is.
      return { value, keys, keep: value.allowed };
    });
  }
}

/** An existing package, as questions about it name it. */
export function subjectOf(owner: Owner, facts: PackageFacts): AskedSubject {
  const { name, format, scope, repositoryId, id, visibility, inheritsAccess } = facts;
  return {
    ...{ name, format, scope, repositoryId, ownerId: owner.id, ownerLogin: owner.login },
    package: { id, visibility, inheritsAccess },
  };
}

/** Everything on which a decision depends and that no announced fact key covers. */
function questionName(
  caller: Caller,
  action: PackageAction,
  facts: PackageFacts,
  { name, newVisibility }: { readonly name: string; readonly newVisibility: Visibility },
): string {
  const access = `${facts.visibility}/${facts.inheritsAccess}/${facts.repositoryId ?? ''}`;
  return `${callerName(caller)}|${facts.id}|${access}|${action}|${newVisibility}|${name}`;
}

function callerName({ principal, tokenHash }: Caller): string {
  return principal ? `${principal.accountId}/${principal.tokenId ?? ''}/${tokenHash ?? ''}` : '';
}

/** What a decision rests on beside the package. */
function keysOf(
  { principal, tokenHash }: Caller,
  { ownerId, repositoryId, format }: Pick<PackageFacts, 'ownerId' | 'repositoryId' | 'format'>,
): string[] {
  const keys = [factKey.account(ownerId), factKey.formatPolicy(format)];
  if (repositoryId !== null) keys.push(factKey.repository(repositoryId));
  if (tokenHash) keys.push(factKey.token(tokenHash));
  if (principal) keys.push(factKey.account(principal.workflow?.ownerId ?? principal.accountId));
  if (principal?.workflow?.repositoryId) keys.push(factKey.repository(principal.workflow.repositoryId));
  return [...new Set(keys)];
}

function refuseUnlessAllowed(decision: Decision): void {
  if (!decision.allowed) throw new DomainError(decision.code, decision.reason);
}
