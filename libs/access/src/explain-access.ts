import type { Decision, PackageAction } from '@packhouse/contracts';
import type { Target } from './ability';
import { accountAbility } from './account-ability';
import { credentialAbility } from './credential-ability';
import { decideAccess } from './decide-access';
import { effectiveRole } from './effective-role';
import type { CallerFacts, SubjectFacts } from './facts';
import * as sentences from './sentences';

/** One thing that a decision looks at, in the order in which it does. */
export interface DecisionStep {
  readonly name: 'credential' | 'account' | 'format';
  readonly passed: boolean;
  readonly sentence: string;
}

/** A decision with everything that it rests on. For administrators: it says whether the package exists. */
export interface Explanation {
  readonly decision: Decision;
  readonly facts: ReadonlyArray<{ readonly name: string; readonly value: string }>;
  readonly steps: readonly DecisionStep[];
}

/** The decision of {@link decideAccess}, with all facts and each step on the way. */
export function explainAccess(
  action: PackageAction,
  caller: CallerFacts,
  subject: SubjectFacts,
): Explanation {
  return {
    decision: decideAccess(action, caller, subject),
    facts: [...describeCaller(caller, subject), ...describeSubject(subject)],
    steps: [
      explainCredential(action, caller, subject),
      explainAccount(action, caller, subject),
      explainFormat(action, subject),
    ],
  };
}

const fact = (
  name: string,
  value: string | boolean | readonly string[] | null,
): { name: string; value: string } => ({
  name,
  value: typeof value === 'object' ? (value?.join(', ') ?? '') || 'none' : String(value),
});

function describeCaller(caller: CallerFacts, subject: SubjectFacts) {
  const { principal } = caller;
  if (principal === null) return [fact('caller', 'anonymous')];
  const { limits, workflow } = principal;
  return [
    fact('caller', principal.login),
    fact('site administrator', principal.siteAdmin),
    ...(principal.scopes === null ? [] : [fact('scopes of the token', principal.scopes)]),
    ...(limits === null
      ? []
      : [
          fact('token limited to owner', limits.ownerId),
          fact('token limited to names', limits.packages ?? 'any'),
          fact('token limited to actions', limits.actions),
        ]),
    ...(workflow === null
      ? []
      : [
          fact('workflow of repository', workflow.repositoryId),
          fact('workflow of owner', workflow.ownerId),
          fact('the job asked for', workflow.role),
        ]),
    fact('owns the package', caller.isOwner),
    fact('role in the organization', caller.organizationRole),
    fact('member of the enterprise', caller.enterpriseMember),
    fact('grant on the package', caller.grant),
    fact('highest grant of teams', caller.teamGrant),
    fact('role on the repository', caller.repositoryRole),
    fact('role that counts', effectiveRole(caller, subject).role),
  ];
}

function describeSubject(subject: SubjectFacts) {
  return [
    fact('owner', `${subject.ownerLogin} (${subject.ownerKind})`),
    fact(
      'package',
      subject.visibility === null ? 'does not exist' : `${subject.name}, ${subject.visibility}`,
    ),
    fact('belongs to', subject.scope),
    fact('linked repository', subject.repositoryId),
    fact('inherits access', subject.inheritsAccess),
    fact('format', `${subject.format}, ${subject.formatState}`),
    ...(subject.ownerKind === 'organization' ? [fact('members may create', subject.creatable)] : []),
  ];
}

function targetOf(action: PackageAction, subject: SubjectFacts): Target {
  const { visibility, scope, newVisibility } = subject;
  if (visibility !== null) return { kind: 'package', visibility, scope };
  return action === 'write'
    ? { kind: 'namespace', visibility: newVisibility, scope }
    : { kind: 'package', visibility: 'private', scope };
}

function explainCredential(action: PackageAction, caller: CallerFacts, subject: SubjectFacts): DecisionStep {
  const name = 'credential';
  const { principal } = caller;
  if (principal === null) {
    const passed = action === 'read' && subject.visibility === 'public';
    return {
      name,
      passed,
      sentence: passed ? 'Nobody has to sign in.' : sentences.signInFirst(action, subject),
    };
  }
  const passed = credentialAbility(principal, subject).can(action, targetOf(action, subject));
  const sentence = passed
    ? `The credential lets "${action}" through.`
    : sentences.weakCredential(action, principal, subject);
  return { name, passed, sentence };
}

function explainAccount(action: PackageAction, caller: CallerFacts, subject: SubjectFacts): DecisionStep {
  const name = 'account';
  const target = targetOf(action, subject);
  const isAbsent = subject.visibility === null && action !== 'write';
  const rule = isAbsent ? null : accountAbility(caller, subject).relevantRuleFor(action, target);
  if (rule) return { name, passed: true, sentence: rule.reason ?? '' };
  if (isAbsent) return { name, passed: false, sentence: 'There is no such package.' };
  const { principal } = caller;
  if (principal === null)
    return { name, passed: false, sentence: 'Anonymous callers may read public packages only.' };
  if (target.kind === 'package')
    return { name, passed: false, sentence: sentences.missingRole(action, principal, subject) };
  return { name, passed: false, sentence: sentences.cannotCreate(caller, principal, subject) };
}

function explainFormat(action: PackageAction, subject: SubjectFacts): DecisionStep {
  const { formatState } = subject;
  const passed = formatState === 'enabled' || (formatState === 'read-only' && action !== 'write');
  const sentence = passed
    ? `The format "${subject.format}" is ${formatState}.`
    : sentences.formatSwitchedOff(subject);
  return { name: 'format', passed, sentence };
}
