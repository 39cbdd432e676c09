/** What may be done with a repository name, as scopes name it. */
export const registryActions = ['pull', 'push', 'delete'] as const;
export type RegistryAction = (typeof registryActions)[number];

/** A repository with what is asked for, or the list of all of them (`registry:catalog:*`). */
export interface AskedScopes {
  /** By name as asked, in the order in which they were asked for first. */
  readonly repositories: ReadonlyMap<string, ReadonlySet<RegistryAction>>;
  readonly catalog: boolean;
}

/** So many repositories of one request are looked at: no client asks for more than a few. */
export const MAX_SCOPES = 50;
/** A name with a host before it, a type and actions. */
const MAX_SCOPE_LENGTH = 400;
const printable = /^[\x21-\x7e]+$/;
/** Scopes beyond this are not even read. */
const MAX_READ = 1000;

/**
 * Reads scopes: `type[(class)]:name:action[,action]…`, each value one or several of them with spaces between. The name may
 * hold a colon (host:port), so that the first and the last one count; the class is obsolete. Types, actions and forms
 * that are not known are left out, as the token specification asks.
 */
export function parseScopes(values: readonly string[]): AskedScopes {
  const repositories = new Map<string, Set<RegistryAction>>();
  let catalog = false;
  for (const text of values.flatMap((value) => value.split(' ')).slice(0, MAX_READ)) {
    const scope = parseScope(text);
    if (scope?.type === 'registry') catalog ||= scope.name === 'catalog' && scope.actions.includes('*');
    if (scope?.type !== 'repository') continue;
    const actions = readActions(scope.actions);
    const known = repositories.get(scope.name);
    if (actions.length === 0 || (!known && repositories.size === MAX_SCOPES)) continue;
    repositories.set(scope.name, new Set([...(known ?? []), ...actions]));
  }
  return { repositories, catalog };
}

function parseScope(text: string): { type: string; name: string; actions: string[] } | null {
  if (text.length > MAX_SCOPE_LENGTH || !printable.test(text)) return null;
  const first = text.indexOf(':');
  const last = text.lastIndexOf(':');
  if (first === last) return null;
  const type = text.slice(0, first).replace(/\([a-z0-9]*\)$/, '');
  return { type, name: text.slice(first + 1, last), actions: text.slice(last + 1).split(',') };
}

/** `*` is everything; who may push may pull. */
function readActions(texts: readonly string[]): RegistryAction[] {
  const isAsked = (action: RegistryAction): boolean => texts.includes(action) || texts.includes('*');
  return registryActions.filter((action) => isAsked(action) || (action === 'pull' && isAsked('push')));
}
