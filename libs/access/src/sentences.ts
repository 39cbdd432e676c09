import type { PackageAction, PackageRole } from '@packhouse/contracts';
import type { SubjectFacts } from './facts';
import { scopeOfAction } from './scopes';

/** Names come from clients; a refusal does not repeat them at any length. */
const shorten = (name: string): string => (name.length > 214 ? `${name.slice(0, 213)}…` : name);

const verbs: Readonly<Record<PackageAction, string>> = {
  read: 'read',
  write: 'publish',
  delete: 'delete',
  admin: 'administer',
};

export function signInFirst(action: PackageAction, { name, ownerLogin }: SubjectFacts): string {
  return `Sign in or send an access token to ${verbs[action]} "${shorten(name)}" of "${ownerLogin}".`;
}

export function missingScope(action: PackageAction): string {
  const scope = scopeOfAction[action];
  return `The access token lacks the scope "${scope}": create a token that has it and use that one.`;
}

export function nothingToRead(login: string, { name, ownerLogin }: SubjectFacts): string {
  return (
    `There is no package "${shorten(name)}" of "${ownerLogin}" that "${login}" may read. ` +
    'If it should be there, ask an admin of the package for the grant "read".'
  );
}

export function missingGrant(role: PackageRole, login: string, subject: SubjectFacts): string {
  const grantor =
    subject.ownerKind === 'organization' ? `an owner of "${subject.ownerLogin}"` : `"${subject.ownerLogin}"`;
  return (
    `"${login}" lacks the grant "${role}" on the package "${shorten(subject.name)}" of "${subject.ownerLogin}": ` +
    `ask ${grantor} or an admin of the package for it.`
  );
}

export function foreignNamespace(login: string, subject: SubjectFacts): string {
  const { ownerLogin } = subject;
  const grant = `the grant "write" on the package "${shorten(subject.name)}"`;
  return subject.ownerKind === 'organization'
    ? `"${login}" is not a member of the organization "${ownerLogin}": ask one of its owners to add you or, if it exists, for ${grant}.`
    : `Only "${ownerLogin}" may create packages of "${ownerLogin}": publish under "${login}" or, if it exists, ask for ${grant}.`;
}
