/**
 * Names of facts that processes keep in memory and must drop when they change. The owner of a fact announces its
 * keys after the commit and before it answers, so that a client that saw the answer never meets the old fact.
 */
export const factKey = {
  /** A package looked up by name: created, removed, or any change of its facts. */
  packageName: (format: string, ownerId: string, nameKey: string) => `name:${format}/${ownerId}/${nameKey}`,
  /** Decisions about a package. */
  packageAccess: (packageId: string) => `access:${packageId}`,
  /** Everything known of an account: login, memberships, grants, tokens. */
  account: (accountId: string) => `account:${accountId}`,
  /** An owner looked up by login. */
  login: (login: string) => `login:${login.toLowerCase()}`,
  /** Everything known of a repository: its owner, visibility, and who has which role on it. */
  repository: (repositoryId: string) => `repository:${repositoryId}`,
  /** A token or a session, by the hash of its text. */
  token: (hash: string) => `token:${hash}`,
} as const;
