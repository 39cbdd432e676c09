import { DomainError } from '@packhouse/kernel';
import validate from 'validate-npm-package-name';

/** A package's name, taken apart. Names are compared by `nameKey`, never by `name`. */
export interface PackageName {
  /** As written: `@acme/thing`. */
  readonly name: string;
  /** The owner part without its `@`, or null for an unscoped name. */
  readonly scope: string | null;
  /** The part after the scope. */
  readonly bareName: string;
  /** The lower-case full name: unique, so that names that differ only in case are the same package. */
  readonly nameKey: string;
}

const maxNameLength = 214;

const shape = /^(?:@([^/@]+)\/)?([^/@]+)$/;
const reservedBareNames: ReadonlySet<string> = new Set(['node_modules', 'favicon.ico']);

/**
 * Takes a name from a decoded path or a document apart. Anything that an installer could read as a path, and
 * anything that is still encoded (it was encoded twice), is refused with `invalid_request`.
 */
export function parsePackageName(raw: unknown): PackageName {
  if (typeof raw !== 'string')
    throw new DomainError('invalid_request', 'The package has no name: set "name" in package.json.');
  const fault = findNameFault(raw);
  if (fault !== null) {
    throw new DomainError('invalid_request', `"${quotable(raw)}" is not a package name: ${fault}.`, {
      field: 'name',
    });
  }
  const [, scope, bareName] = shape.exec(raw) as unknown as [string, string | undefined, string];
  return { name: raw, scope: scope ?? null, bareName, nameKey: raw.toLowerCase() };
}

/** The stricter rules for names that do not exist yet: `@owner/name`, lower case, no odd characters. */
export function checkPublishableName(name: PackageName): void {
  if (name.scope === null) {
    throw new DomainError(
      'invalid_request',
      `Packages are published as @owner/name here: rename "${name.name}" to "@OWNER/${name.bareName}" in package.json.`,
      { field: 'name' },
    );
  }
  const verdict = validate(name.name);
  if (verdict.validForNewPackages) return;
  const reason = [...(verdict.errors ?? []), ...(verdict.warnings ?? [])][0] ?? 'it is not valid';
  throw new DomainError('invalid_request', `"${name.name}" cannot be published: ${reason}.`, {
    field: 'name',
  });
}

/** The name under which a version's tarball is stored and served; its URL must be exactly this. */
export function tarballFileName(name: PackageName, version: string): string {
  return `${name.bareName}-${version}.tgz`;
}

function findNameFault(raw: string): string | null {
  if (raw.length > maxNameLength) return `it is longer than ${maxNameLength} characters`;
  if (raw.includes('%')) return 'it is encoded more than once';
  const parts = shape.exec(raw);
  if (parts === null) return 'write it as name or @owner/name';
  const [, scope, bareName] = parts as unknown as [string, string | undefined, string];
  if (reservedBareNames.has(bareName.toLowerCase())) return `"${bareName}" is reserved`;
  if (scope !== undefined && /^[.\-_]/.test(scope)) return 'a scope starts with a letter or a digit';
  if (bareName.startsWith('.') || bareName.startsWith('-')) return 'it starts with a period or a hyphen';
  return validate(raw).errors?.[0] ?? null;
}

/** Text from outside, fit for an error sentence. */
function quotable(raw: string): string {
  return raw.slice(0, 80).replace(/[^\x20-\x7e]/g, '?');
}
