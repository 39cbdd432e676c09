/** A repository of this instance as a label names it. */
export interface NamedRepository {
  readonly ownerLogin: string;
  readonly name: string;
}

/**
 * The repository behind `org.opencontainers.image.source`, if its address is one of this instance: `https://HOST/OWNER/NAME`.
 * Addresses are compared, never fetched.
 */
export function repositoryOfSource(source: string | null, host: string): NamedRepository | null {
  if (source === null || !URL.canParse(source)) return null;
  const url = new URL(source);
  if (!['http:', 'https:'].includes(url.protocol) || url.host !== host) return null;
  const [, ownerLogin, name] = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(url.pathname) ?? [];
  return ownerLogin !== undefined && name !== undefined ? { ownerLogin, name } : null;
}
