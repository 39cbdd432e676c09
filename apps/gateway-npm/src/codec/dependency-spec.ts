const hosts: ReadonlyMap<string, string> = new Map([
  ['github.com', 'github'],
  ['gitlab.com', 'gitlab'],
  ['bitbucket.org', 'bitbucket'],
  ['gist.github.com', 'gist'],
]);
const shorthand = /^(?:(github|gitlab|bitbucket|gist):)?([\w.-]+)\/([\w.-]+?)(?:\.git)?(#.*)?$/;
const url =
  /^(?:git\+)?(?:https?|ssh|git):\/\/(?:[^@/\s]+@)?([\w.-]+)[/:]([\w.-]+)\/([\w.-]+?)(?:\.git)?(#.*)?$/;
const remote = /^[\w.-]+@([\w.-]+):([\w.-]+)\/([\w.-]+?)(?:\.git)?(#.*)?$/;

/**
 * One spelling for a dependency on a Git host: the npm client rewrites these when it builds the manifest, and leaves
 * the tarball's package.json as it is. Everything else is only trimmed.
 */
export function canonicalSpec(spec: string): string {
  const text = spec.trim();
  if (text.length > 500 || !text.includes('/')) return text;
  const short = shorthand.exec(text);
  if (short !== null) return gitSpec(short[1] ?? 'github', short);
  const long = url.exec(text) ?? remote.exec(text);
  const host = long === null ? undefined : hosts.get(long[1]!.toLowerCase());
  return long === null || host === undefined ? text : gitSpec(host, long);
}

function gitSpec(host: string, [, , owner, name, commit]: readonly (string | undefined)[]): string {
  return `${host}:${owner}/${name}${commit ?? ''}`;
}
