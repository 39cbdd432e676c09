import type { Decision, PackageAction } from '@packhouse/contracts';
import type { AccessAbility, Target } from './ability';
import { accountAbility } from './account-ability';
import { credentialAbility } from './credential-ability';
import type { CallerFacts, SubjectFacts } from './facts';
import * as sentences from './sentences';

type SignedIn = NonNullable<CallerFacts['principal']>;
type Refusal = Extract<Decision, { allowed: false }>;

/**
 * THE permission rules: may this caller do this to that package?
 *
 * The right is the intersection of what the account may do and what its credential lets through. A refusal never says
 * whether a package exists that the caller may not read: the same caller gets the same answer, word for word, for
 * such a package and for a free name. The one exception cannot be hidden from somebody who may create packages
 * there: a taken name cannot be created again.
 */
export function decideAccess(action: PackageAction, caller: CallerFacts, subject: SubjectFacts): Decision {
  const decision = decideByRights(action, caller, subject);
  // Whoever has no right is told that, and not what the administrator switched off.
  return (decision.allowed ? refuseBySwitch(action, subject) : null) ?? decision;
}

function decideByRights(action: PackageAction, caller: CallerFacts, subject: SubjectFacts): Decision {
  const account = accountAbility(caller, subject);
  const { principal } = caller;
  if (principal === null) return decideAnonymous(action, account, subject);
  const credential = credentialAbility(principal, subject);
  const target = targetOf(action, subject);

  // Before anything is said of the package, and alike for every package that is not public: the credential is too weak.
  if (credential.cannot(action, target ?? hiddenTarget(subject)))
    return refuse('forbidden', sentences.weakCredential(action, principal, subject));
  const rule = target && account.relevantRuleFor(action, target);
  if (rule) return { allowed: true, rule: rule.reason ?? '' };
  return explainRefusal(action, { caller, principal, account, credential }, subject);
}

/** A read-only format still lets delete and administer. */
function refuseBySwitch(action: PackageAction, subject: SubjectFacts): Refusal | null {
  const { formatState } = subject;
  const isOpen = formatState === 'enabled' || (formatState === 'read-only' && action !== 'write');
  return isOpen ? null : refuse('forbidden', sentences.formatSwitchedOff(subject));
}

/** Stands for a package that the caller must not learn anything of. */
function hiddenTarget({ scope }: SubjectFacts): Target {
  return { kind: 'package', visibility: 'private', scope };
}

/** Null when there is nothing that the action could apply to. */
function targetOf(action: PackageAction, subject: SubjectFacts): Target | null {
  const { visibility, scope } = subject;
  if (visibility !== null) return { kind: 'package', visibility, scope };
  return action === 'write' ? namespaceOf(subject) : null;
}

function namespaceOf({ newVisibility, scope }: SubjectFacts): Target {
  return { kind: 'namespace', visibility: newVisibility, scope };
}

function decideAnonymous(action: PackageAction, account: AccessAbility, subject: SubjectFacts): Decision {
  const target = action === 'read' ? targetOf(action, subject) : null;
  const rule = target && account.relevantRuleFor(action, target);
  if (rule) return { allowed: true, rule: rule.reason ?? '' };
  return refuse('unauthenticated', sentences.signInFirst(action, subject));
}

interface Rights {
  readonly caller: CallerFacts;
  readonly principal: SignedIn;
  readonly account: AccessAbility;
  readonly credential: AccessAbility;
}

function explainRefusal(
  action: PackageAction,
  { caller, principal, account, credential }: Rights,
  subject: SubjectFacts,
): Decision {
  const target = targetOf('read', subject);
  if (target !== null && account.can('read', target) && credential.can('read', target))
    return refuse('forbidden', sentences.missingRole(action, principal, subject));
  // Publishing into a namespace of others is refused openly, as owners are public; a hidden package gets the same words.
  if (action === 'write' && account.cannot('write', namespaceOf(subject))) {
    return refuse('forbidden', sentences.cannotCreate(caller, principal, subject));
  }
  return refuse('not_found', sentences.nothingToRead(principal, subject));
}

function refuse(code: 'unauthenticated' | 'not_found' | 'forbidden', reason: string): Refusal {
  return { allowed: false, code, reason };
}
