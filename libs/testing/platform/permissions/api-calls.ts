import { csrfTokenOf } from '@packhouse/gateway-kit';
import { apiOperations, type ApiCredential, type ApiOperationKey } from './api-table';
import { packages, type PackageKey } from './permission-table';
import { goneName, type Tokens } from './permission-world';

/** What the rows name of a package besides its name. */
export interface PackageIds {
  /** Number of the one version that is there, and of the one that is deleted. */
  readonly version: number;
  readonly gone: number;
  readonly node: string;
  readonly versionNode: string;
}
export type Ids = Readonly<Record<PackageKey, PackageIds>>;

export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

export interface ApiAnswer {
  readonly status: number;
  /** Of GraphQL: `ok`, or the type of the first failure. */
  readonly outcome: number | string;
  readonly text: string;
}

const own = (key: PackageKey): string =>
  `/api/packhouse/v1/packages/${packages[key].owner}/npm/${encodeURIComponent(packages[key].name)}`;
const bare = (name: string): string => name.slice(name.indexOf('/') + 1);
const deletion =
  'mutation($id: ID!) { deletePackageVersion(input: {packageVersionId: $id}) { success clientMutationId } }';
const nodeQuery =
  'query($id: ID!) { node(id: $id) { id ... on Package { name } ... on PackageVersion { version } } }';

function graphCall(query: string, id: string): ApiCall {
  return { method: 'POST', path: '/api/graphql', body: { query, variables: { id } } };
}

function ownCall(
  operation: ApiOperationKey,
  key: PackageKey,
  { version }: PackageIds,
): Omit<ApiCall, 'method'> {
  const { owner, name, visibility, inherits } = packages[key];
  const ofGroup = owner === 'acme';
  const person = `/access/people/${ofGroup ? 'reed' : 'fred'}`;
  const calls: Partial<Record<ApiOperationKey, Omit<ApiCall, 'method'>>> = {
    ownShow: { path: '' },
    downloads: { path: '/downloads' },
    blastRadius: { path: '/blast-radius' },
    listAccess: { path: '/access' },
    setVisibility: { path: '/visibility', body: { visibility } },
    inherit: { path: '/inheritance', body: { inherits } },
    link: { path: '/repository', body: { repository: 'app' } },
    unlink: { path: '/repository' },
    grantPerson: { path: person, body: { role: ofGroup ? 'read' : 'write' } },
    takePerson: { path: person },
    grantTeam: { path: '/access/teams/above', body: { role: 'write' } },
    takeTeam: { path: '/access/teams/above' },
    grantWorkflows: {
      path: '/access/repositories/other',
      body: { role: key === 'open' ? 'write' : 'read' },
    },
    takeWorkflows: { path: '/access/repositories/other' },
    ownRemove: { path: '' },
    ownRemoveVersion: { path: `/versions/${version}` },
  };
  const found = calls[operation];
  if (found) return { ...found, path: `${own(key)}${found.path}` };
  return { path: `/api/packhouse/v1/why?owner=${owner}&format=npm&package=${encodeURIComponent(name)}` };
}

const githubPaths: Partial<Record<ApiOperationKey, (ids: PackageIds) => string>> = {
  show: () => '',
  listVersions: () => '/versions',
  showVersion: ({ version }) => `/versions/${version}`,
  remove: () => '',
  removeVersion: ({ version }) => `/versions/${version}`,
  restore: () => '/restore',
  restoreVersion: ({ gone }) => `/versions/${gone}/restore`,
};
const sameForMine: Partial<Record<ApiOperationKey, ApiOperationKey>> = {
  showMine: 'show',
  removeMine: 'remove',
  removeMyVersion: 'removeVersion',
  restoreMine: 'restore',
  restoreMyVersion: 'restoreVersion',
};

/** The request that an operation is. */
export function requestOf(operation: ApiOperationKey, key: PackageKey, ids: PackageIds): ApiCall {
  if (operation === 'node') return graphCall(nodeQuery, ids.node);
  if (operation === 'versionNode') return graphCall(nodeQuery, ids.versionNode);
  if (operation === 'graphRemove') return graphCall(deletion, ids.versionNode);
  const { method } = apiOperations[operation];
  const path = githubPaths[sameForMine[operation] ?? operation]?.(ids);
  if (path === undefined) return { method, ...ownCall(operation, key, ids) };
  const { owner, name } = packages[key];
  const place = operation in sameForMine ? 'user' : owner === 'acme' ? 'orgs/acme' : 'users/ulla';
  const isGone = 'ofGone' in apiOperations[operation];
  return { method, path: `/api/v3/${place}/packages/npm/${bare(isGone ? goneName(key) : name)}${path}` };
}

/** Headers that prove the caller. */
export function headersOf(
  url: string,
  tokens: Tokens,
  who: string,
  credential: ApiCredential,
): Record<string, string> {
  if (who === 'nobody') return {};
  if (credential !== 'session' && credential !== 'forged')
    return { authorization: `Bearer ${tokens[`${who} ${credential}`]}` };
  const session = tokens[`${who} session`] ?? '';
  const cookie = `packhouse_session=${session}`;
  return credential === 'forged' ? { cookie } : { cookie, origin: url, 'x-csrf-token': csrfTokenOf(session) };
}

/** Sends a request of the APIs. */
export async function callApi(
  url: string,
  { method, path, body }: ApiCall,
  headers: Readonly<Record<string, string>>,
): Promise<ApiAnswer> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  const { status } = answer;
  return { status, text, outcome: path === '/api/graphql' && status === 200 ? outcomeOf(text) : status };
}

function outcomeOf(text: string): string {
  const { data, errors } = JSON.parse(text) as {
    data?: Record<string, unknown> | null;
    errors?: Array<{ type?: string }>;
  };
  if (!errors) return 'ok';
  // Nothing comes along with a refusal.
  const isNothing = !data || Object.values(data).every((value) => value === null);
  return isNothing ? (errors[0]?.type ?? 'INVALID') : 'data beside a failure';
}

/** The request by which an administrator takes back what a row changed; null: nothing is to be taken back. */
export function undoOf(operation: ApiOperationKey, key: PackageKey, ids: PackageIds): ApiCall | null {
  const { owner, name, linked } = packages[key];
  const place = owner === 'acme' ? 'orgs/acme' : 'users/ulla';
  const goneOwn = own(key).replace(encodeURIComponent(name), encodeURIComponent(goneName(key)));
  const again = (way: ApiOperationKey): ApiCall => ({ method: 'PUT', ...ownCall(way, key, ids) });
  const undone: Partial<Record<ApiOperationKey, ApiCall | null>> = {
    restore: { method: 'DELETE', path: goneOwn },
    restoreVersion: { method: 'DELETE', path: `${own(key)}/versions/${ids.gone}` },
    remove: { method: 'POST', path: `/api/v3/${place}/packages/npm/${bare(name)}/restore` },
    link: linked ? null : { method: 'DELETE', path: `${own(key)}/repository` },
    unlink: linked ? again('link') : null,
    takePerson: again('grantPerson'),
    takeTeam: again('grantTeam'),
    takeWorkflows: again('grantWorkflows'),
  };
  const same = operation === 'ownRemove' ? 'remove' : (sameForMine[operation] ?? operation);
  return undone[same] ?? null;
}
