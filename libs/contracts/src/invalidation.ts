/**
 * Names of facts that processes keep in memory and must drop when they change. The owner of a fact announces its
 * keys after the commit and before it answers, so that a client that saw the answer never meets the old fact.
 */
export const factKey = {
  /** A package looked up by name: created, removed, or any change of its facts. */
  packageName: (format: string, ownerId: string, nameKey: string) => `name:${format}/${ownerId}/${nameKey}`,
  /** Decisions about a package. */
  packageAccess: (packageId: string) => `access:${packageId}`,
  /** Which packages of an owner teams and workflows have a role on; those of people are announced as `account` of each. */
  grants: (ownerId: string) => `grants:${ownerId}`,
  /** Which packages an owner has, and what decides who may list them: visibility, links, inheritance, names. */
  packages: (ownerId: string) => `packages:${ownerId}`,
  /**
   * Everything known of an account: login, memberships, grants, tokens. As an owner also what its teams, repositories,
   * collaborators, policies and enterprise give to others: whatever rests on those carries the owner's key.
   */
  account: (accountId: string) => `account:${accountId}`,
  /** An owner looked up by login. */
  login: (login: string) => `login:${login.toLowerCase()}`,
  /** A repository: name, owner, visibility. Roles on it are announced as `account` of its owner. */
  repository: (repositoryId: string) => `repository:${repositoryId}`,
  /** The switches of all formats together; announced with each of them. */
  formats: () => 'formats',
  /** Whether a format is switched on. */
  formatPolicy: (format: string) => `format-policy:${format}`,
  /** How much an owner may store. */
  storageLimit: (ownerId: string) => `storage-limit:${ownerId}`,
  /** A token or a session, by the hash of its text. */
  token: (hash: string) => `token:${hash}`,
} as const;
