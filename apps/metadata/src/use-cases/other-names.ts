import type { CommitRequest } from './commit-rules';

const SHORT = 64;
const bySha512 = (name: string): boolean => name.startsWith('sha512:');

/**
 * What others may call a version whose identity is the SHA-256 of its content: the SHA-512 of that, and as much of it as
 * tags have room for.
 */
export function otherNamesOf({ version, files }: CommitRequest): string[] {
  const own = files.find(({ digests }) => `sha256:${digests.sha256}` === version.identity);
  const sha512 = own?.digests.sha512;
  return sha512 === undefined ? [] : [sha512, sha512.slice(0, SHORT)].map((hex) => `sha512:${hex}`);
}

/** Names of other versions that are not their identities. */
export function foreignNamesIn({ contains, about, companionTags }: CommitRequest): string[] {
  return [...contains, ...about, ...companionTags.map(({ version }) => version)].filter(bySha512);
}

/** The request with the identities of other versions in place of their names, where they are known. */
export function nameByIdentity(
  request: CommitRequest,
  identities: ReadonlyMap<string, string>,
): CommitRequest {
  const identityOf = (name: string): string => identities.get(name) ?? name;
  return {
    ...request,
    contains: request.contains.map(identityOf),
    about: request.about.map(identityOf),
    companionTags: request.companionTags.map(({ tag, version }) => ({ tag, version: identityOf(version) })),
  };
}
