/** First path segments of the product's own URLs, and words that would mislead: never an account's login. */
export const reservedLogins: ReadonlySet<string> = new Set([
  'v2',
  'api',
  '_registry',
  'admin',
  'login',
  'logout',
  'signup',
  'settings',
  'search',
  'assets',
  'static',
  'health',
  'metrics',
  'docs',
  'explore',
  'orgs',
  'users',
  'organizations',
  'notifications',
  'about',
  'help',
  'npm',
  'rubygems',
  'maven',
  'nuget',
  'containers',
  'docker',
  'constructor',
  'prototype',
  'null',
  'undefined',
  'anonymous',
]);

const loginShape = /^[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){0,38}$/i;

/**
 * Says why `login` cannot be an account's name, or null when it can.
 * GitHub's shape: 1 to 39 letters, digits and single inner hyphens; compared without case.
 */
export function findLoginFault(login: string): string | null {
  if (!loginShape.test(login))
    return `"${login.slice(0, 60)}" is not a login: use 1 to 39 letters, digits and single hyphens, not at the ends`;
  if (reservedLogins.has(login.toLowerCase())) return `"${login}" is reserved`;
  return null;
}

/** The key by which logins are compared. */
export function loginKey(login: string): string {
  return login.toLowerCase();
}
