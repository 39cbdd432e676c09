import type { PackageAction, PackageRole } from '@packhouse/contracts';
import { changesFormat, limitsAllow, reaches } from './credential-ability';
import type { CallerFacts, SubjectFacts } from './facts';
import { scopeOfAction } from './scopes';

type SignedIn = NonNullable<CallerFacts['principal']>;

/** Names come from clients; a refusal does not repeat them at any length. */
const shorten = (name: string): string => (name.length > 214 ? `${name.slice(0, 213)}…` : name);

const verbs: Readonly<Record<PackageAction, string>> = {
  read: 'read',
  write: 'publish',
  delete: 'delete',
  admin: 'administer',
};

/** The words by which clients and scripts know a refusal (spec A-16). */
const mark = (action: PackageAction): string => `(permission_denied: ${action}_package)`;
const scopeMark = '(permission_denied: The token provided does not match expected scopes)';

const packageOf = ({ name, ownerLogin }: SubjectFacts): string =>
  `the package "${shorten(name)}" of "${ownerLogin}"`;

export function signInFirst(action: PackageAction, { name, ownerLogin }: SubjectFacts): string {
  return `Sign in or send an access token to ${verbs[action]} "${shorten(name)}" of "${ownerLogin}".`;
}

/** Why the credential does not let this through. The same for every package that is not public. */
export function weakCredential(action: PackageAction, principal: SignedIn, subject: SubjectFacts): string {
  const { workflow, limits, scopes } = principal;
  if (limits !== null && !isWithin(limits, action, subject)) return missingLimit(action, limits, subject);
  if (workflow?.role === 'read')
    return `The job of this workflow asked for "packages: read" only: add "packages: write" to its permissions ${mark(action)}.`;
  return missingScope(action, scopes ?? [], subject);
}

type Limits = NonNullable<SignedIn['limits']>;

function isWithin(limits: Limits, action: PackageAction, subject: SubjectFacts): boolean {
  const ofFormat = action === 'read' || changesFormat(limits, subject);
  return ofFormat && reaches(limits, subject) && limitsAllow(limits.actions, action);
}

function missingLimit(action: PackageAction, limits: Limits, subject: SubjectFacts): string {
  if (limits.ownerId !== subject.ownerId)
    return `The access token is limited to packages of another owner than "${subject.ownerLogin}": create a token for "${subject.ownerLogin}" and use that one ${mark(action)}.`;
  if (!reaches(limits, subject))
    return `The access token is limited to packages whose names do not include "${shorten(subject.name)}": create a token that covers it and use that one ${mark(action)}.`;
  if (action !== 'read' && !changesFormat(limits, subject))
    return `The access token changes packages of another format than "${subject.format}": create a token for it and use that one ${mark(action)}.`;
  return `The access token lacks the permission "${action}": create a token that has it and use that one ${mark(action)}.`;
}

function missingScope(
  action: PackageAction,
  scopes: NonNullable<SignedIn['scopes']>,
  subject: SubjectFacts,
): string {
  const scope = scopeOfAction[action];
  const hasScope = scopes.includes(scope) || (action === 'read' && scopes.includes('write:packages'));
  const missing = hasScope && subject.scope === 'repository' ? 'repo' : scope;
  return `The access token lacks the scope "${missing}": create a token that has it and use that one ${scopeMark}.`;
}

export function nothingToRead(principal: SignedIn, { name, ownerLogin }: SubjectFacts): string {
  const who = principal.workflow ? 'this workflow' : `"${principal.login}"`;
  const way = principal.workflow
    ? 'ask an admin of the package to add the repository of the workflow under Actions access.'
    : 'ask an admin of the package for the grant "read".';
  return `There is no package "${shorten(name)}" of "${ownerLogin}" that ${who} may read. If it should be there, ${way}`;
}

export function missingRole(action: PackageAction, principal: SignedIn, subject: SubjectFacts): string {
  const role: PackageRole = action === 'delete' ? 'admin' : action;
  const { login, workflow } = principal;
  if (workflow)
    return `The repository of this workflow lacks the role "${role}" on ${packageOf(subject)}: ask an admin of the package to give it under Actions access ${mark(action)}.`;
  if (subject.scope === 'repository' || subject.inheritsAccess)
    return `"${login}" lacks the role "${role}" on the repository from which ${packageOf(subject)} inherits its access: ask an admin of the repository for it ${mark(action)}.`;
  const grantor =
    subject.ownerKind === 'organization' ? `an owner of "${subject.ownerLogin}"` : `"${subject.ownerLogin}"`;
  return `"${login}" lacks the grant "${role}" on ${packageOf(subject)}: ask ${grantor} or an admin of the package for it ${mark(action)}.`;
}

/** A namespace in which the caller may create nothing. */
function foreignNamespace(principal: SignedIn, subject: SubjectFacts): string {
  const { ownerLogin } = subject;
  const { login, workflow } = principal;
  if (workflow)
    return `This workflow may not create packages of "${ownerLogin}": publish under the owner of its repository or, if it exists, ask an admin of ${packageOf(subject)} for access ${mark('write')}.`;
  if (subject.scope === 'repository')
    return `"${login}" may not publish to the repository of "${shorten(subject.name)}" of "${ownerLogin}": if it exists, ask one of its admins for the role "write" ${mark('write')}.`;
  const grant = `the grant "write" on the package "${shorten(subject.name)}"`;
  return subject.ownerKind === 'organization'
    ? `"${login}" is not a member of the organization "${ownerLogin}": ask one of its owners to add you or, if it exists, for ${grant} ${mark('write')}.`
    : `Only "${ownerLogin}" may create packages of "${ownerLogin}": publish under "${login}" or, if it exists, ask for ${grant} ${mark('write')}.`;
}

/** The organization lets members create other packages, or none (spec P-23). */
function creationPolicy({ ownerLogin, newVisibility, creatable }: SubjectFacts): string {
  const allowed =
    creatable.length === 0 ? 'no packages at all' : `only ${creatable.join(' and ')} packages here`;
  const way = creatable.length === 0 ? 'ask' : `publish it as ${creatable.join(' or ')}, or ask`;
  return `Members of "${ownerLogin}" may create ${allowed}, not a ${newVisibility} one: ${way} an owner of the organization to allow it or to publish it ${mark('write')}.`;
}

/** A member is kept from creating by the organization's policy only. */
export function cannotCreate(caller: CallerFacts, principal: SignedIn, subject: SubjectFacts): string {
  return caller.organizationRole === 'member' && subject.scope === 'owner'
    ? creationPolicy(subject)
    : foreignNamespace(principal, subject);
}

export function formatSwitchedOff({ format, formatState }: SubjectFacts): string {
  return formatState === 'disabled'
    ? `The format "${format}" is disabled on this server: ask an administrator to enable it.`
    : `The format "${format}" is read-only on this server: nothing can be published until an administrator enables it.`;
}
