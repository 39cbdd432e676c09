import type { Decision, PackageAction, PackageRole } from '@packhouse/contracts';
import { accountAbility, tokenAbility, type AccessAbility, type Target } from './abilities';
import type { CallerFacts, SubjectFacts } from './facts';
import * as sentences from './sentences';

type SignedIn = NonNullable<CallerFacts['principal']>;

/**
 * THE permission rules: may this caller do this to that package?
 *
 * The right is the intersection of what the account may do and what its token lets through. A refusal never says
 * whether a package exists that the caller may not read: the same caller gets the same answer, word for word, for
 * such a package and for a free name. The one exception cannot be hidden from somebody who may create packages
 * there: a taken name cannot be created again.
 */
export function decideAccess(action: PackageAction, caller: CallerFacts, subject: SubjectFacts): Decision {
  const account = accountAbility(caller);
  if (caller.principal === null) return decideAnonymous(action, account, subject);
  const token = tokenAbility(caller.principal.scopes);
  const target = targetOf(action, subject);

  // Before anything is said of the package, and alike for every package that is not public: the token is too weak.
  if (token.cannot(action, target ?? hiddenTarget))
    return refuse('forbidden', sentences.missingScope(action));
  const rule = target && account.relevantRuleFor(action, target);
  if (rule) return { allowed: true, rule: rule.reason ?? '' };
  return explainRefusal(action, { principal: caller.principal, account, token }, subject);
}

/** Stands for a package that the caller must not learn anything of. */
const hiddenTarget: Target = { kind: 'package', visibility: 'private' };

/** Null when there is nothing that the action could apply to. */
function targetOf(action: PackageAction, { visibility }: SubjectFacts): Target | null {
  if (visibility !== null) return { kind: 'package', visibility };
  return action === 'write' ? { kind: 'namespace' } : null;
}

function decideAnonymous(action: PackageAction, account: AccessAbility, subject: SubjectFacts): Decision {
  const target = action === 'read' ? targetOf(action, subject) : null;
  const rule = target && account.relevantRuleFor(action, target);
  if (rule) return { allowed: true, rule: rule.reason ?? '' };
  return refuse('unauthenticated', sentences.signInFirst(action, subject));
}

interface Rights {
  readonly principal: SignedIn;
  readonly account: AccessAbility;
  readonly token: AccessAbility;
}

function explainRefusal(
  action: PackageAction,
  { principal, account, token }: Rights,
  subject: SubjectFacts,
): Decision {
  const target = targetOf('read', subject);
  const readable = target !== null && account.can('read', target) && token.can('read', target);
  if (readable) return refuse('forbidden', sentences.missingGrant(roleFor(action), principal.login, subject));
  // Publishing into a namespace of others is refused openly, as owners are public; a hidden package gets the same words.
  const mayCreate = account.can('write', 'namespace');
  if (action === 'write' && !mayCreate)
    return refuse('forbidden', sentences.foreignNamespace(principal.login, subject));
  return refuse('not_found', sentences.nothingToRead(principal.login, subject));
}

function roleFor(action: PackageAction): PackageRole {
  return action === 'delete' ? 'admin' : action;
}

function refuse(code: 'unauthenticated' | 'not_found' | 'forbidden', reason: string): Decision {
  return { allowed: false, code, reason };
}
