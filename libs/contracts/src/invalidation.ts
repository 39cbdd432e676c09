/**
 * Names of facts that processes keep in memory and must drop when they change. The owner of a fact announces its
 * keys after the commit and before it answers, so that a client that saw the answer never meets the old fact.
 */
export const factKey = {
  /** A package looked up by name: created, removed, or any change of its facts. */
  packageName: (format: string, ownerId: string, nameKey: string) => `name:${format}/${ownerId}/${nameKey}`,
  /** Decisions about a package. */
  packageAccess: (packageId: string) => `access:${packageId}`,
  /**
   * Everything known of an account: login, memberships, grants, tokens. Of an organization also its teams and who is in
   * them, its policies and its enterprise; whatever changes in an enterprise is announced for all of its organizations.
   */
  account: (accountId: string) => `account:${accountId}`,
  /** A repository: its visibility, its owner, and who has which role on it. */
  repository: (repositoryId: string) => `repository:${repositoryId}`,
  /** Which formats are enabled, read-only or disabled. */
  formats: () => 'formats',
  /** An owner looked up by login. */
  login: (login: string) => `login:${login.toLowerCase()}`,
  /** A token, by the hash of its text. */
  token: (hash: string) => `token:${hash}`,
} as const;
