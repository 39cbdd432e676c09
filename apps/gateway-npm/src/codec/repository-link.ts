import { textOf, type JsonObject } from './json-values';

/** The repository that a manifest names, for linking the package to it. */
export interface RepositoryLink {
  /** Lower-case host; the shorthand `OWNER/REPO` has none. */
  readonly host: string | null;
  readonly owner: string;
  readonly name: string;
}

const shorthandHosts: ReadonlyMap<string, string | null> = new Map([
  ['github', 'github.com'],
  ['gitlab', 'gitlab.com'],
  ['bitbucket', 'bitbucket.org'],
]);
const maxLength = 500;
const shorthand = /^(?:([a-z]+):)?([\w.-]+)\/([\w.-]+?)(?:\.git)?(?:#.*)?$/;
const address =
  /^(?:git\+)?(?:https?|ssh|git):\/\/(?:[^@/\s]*@)?([\w.-]+(?::\d+)?)[/:]([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?(?:[#?].*)?$/;
const remote = /^[\w.-]+@([\w.-]+):([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/;

/** Reads the `repository` field, text or object; null when it names none that can be linked. */
export function findRepository(manifest: JsonObject): RepositoryLink | null {
  const text = (textOf(manifest, 'repository') ?? textOf(manifest.repository, 'url') ?? '').trim();
  if (text === '' || text.length > maxLength) return null;
  const long = address.exec(text) ?? remote.exec(text);
  if (long !== null) return { host: long[1]!.toLowerCase(), owner: long[2]!, name: long[3]! };
  const short = shorthand.exec(text);
  if (short === null) return null;
  const [, service, owner, name] = short;
  const host = service === undefined ? null : shorthandHosts.get(service);
  return host === undefined ? null : { host, owner: owner!, name: name! };
}
