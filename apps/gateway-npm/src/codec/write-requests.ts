import { DomainError } from '@packhouse/kernel';
import { isObject, memberOf, objectOf, textOf } from './json-values';

/** What `PUT /NAME` asks for, told by the shape of its document (A4.2). Nothing else of the document counts. */
export type PutRequest =
  | { readonly operation: 'publish' }
  | {
      readonly operation: 'star';
      /** Lower-case names with a star; only the caller's own may be looked at. */ readonly stars: ReadonlySet<string>;
    }
  | {
      readonly operation: 'deprecate';
      /** By version; null removes the message. */ readonly messages: ReadonlyMap<string, string | null>;
    };

/** What `PUT /NAME/-rev/REV` asks for (A4.3). */
export type RevisionPutRequest =
  | { readonly operation: 'owners'; readonly names: readonly string[] }
  | {
      readonly operation: 'unpublish';
      /** The versions that stay; those that the package has beyond them go. */
      readonly remaining: ReadonlySet<string>;
      readonly tags: ReadonlyMap<string, string>;
    };

const maxDeprecationLength = 4096;
const maxOwners = 100;

/** Tells publish, deprecate and star apart. */
export function readPut(document: unknown): PutRequest {
  const attachments = objectOf(memberOf(document, '_attachments'));
  if (Object.keys(attachments).length > 0) return { operation: 'publish' };
  const versions = memberOf(document, 'versions');
  if (isObject(versions)) return { operation: 'deprecate', messages: readDeprecations(versions) };
  const users = memberOf(document, 'users');
  if (isObject(users)) return { operation: 'star', stars: readStars(users) };
  throw new DomainError(
    'invalid_request',
    'The document has neither versions nor users: nothing says what to change.',
  );
}

/** Tells a change of owners and the removal of versions apart. */
export function readRevisionPut(document: unknown): RevisionPutRequest {
  const versions = memberOf(document, 'versions');
  if (isObject(versions)) {
    return { operation: 'unpublish', remaining: new Set(Object.keys(versions)), tags: readTags(document) };
  }
  const maintainers = memberOf(document, 'maintainers');
  if (Array.isArray(maintainers)) return { operation: 'owners', names: readOwners(maintainers) };
  throw new DomainError(
    'invalid_request',
    'The document has neither versions nor maintainers: nothing says what to change.',
  );
}

/** The tags of a document as a map; members that are not text are refused. */
export function readTags(document: unknown): ReadonlyMap<string, string> {
  const tags = memberOf(document, 'dist-tags');
  const result = new Map<string, string>();
  for (const [tag, version] of Object.entries(objectOf(tags))) {
    if (typeof version !== 'string') {
      throw new DomainError('invalid_request', 'A tag in "dist-tags" does not name a version.', {
        field: 'dist-tags',
      });
    }
    result.set(tag, version);
  }
  return result;
}

function readDeprecations(versions: Readonly<Record<string, unknown>>): ReadonlyMap<string, string | null> {
  const messages = new Map<string, string | null>();
  for (const [version, manifest] of Object.entries(versions)) {
    const message = textOf(manifest, 'deprecated') ?? '';
    if (message.length > maxDeprecationLength) {
      throw new DomainError(
        'invalid_request',
        `A deprecation message has at most ${maxDeprecationLength} characters.`,
      );
    }
    messages.set(version, message === '' ? null : message);
  }
  return messages;
}

function readStars(users: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const starred = Object.entries(users).filter(([, value]) => value === true);
  return new Set(starred.map(([login]) => login.toLowerCase()));
}

function readOwners(maintainers: readonly unknown[]): readonly string[] {
  const names = maintainers.map((maintainer) => textOf(maintainer, 'name'));
  if (names.length === 0) {
    throw new DomainError(
      'invalid_request',
      'A package keeps at least one owner: add another before you remove this one.',
    );
  }
  if (names.length > maxOwners)
    throw new DomainError('invalid_request', `A package has at most ${maxOwners} owners.`, {
      field: 'maintainers',
    });
  const valid = names.filter(
    (name): name is string => name !== undefined && name.length > 0 && name.length <= 100,
  );
  if (valid.length !== names.length)
    throw new DomainError('invalid_request', 'Each maintainer has a "name".', { field: 'maintainers' });
  return [...new Set(valid)];
}
