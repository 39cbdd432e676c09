import { putVersion, buildVersion, type RunningPlatform } from '../../src';
import { callApi, type ApiAnswer, type ApiCall, type Ids, type PackageIds } from './api-calls';
import { packages, type PackageKey } from './permission-table';
import { goneName, PermissionWorld, type Tokens } from './permission-world';

export interface ApiWorld {
  readonly tokens: Tokens;
  readonly ids: Ids;
}

export const packageKeys = Object.keys(packages) as PackageKey[];

/** Sends as the administrator of the site; rejects what fails. */
export function asRoot({ url, adminLogin, adminPassword }: RunningPlatform) {
  const basic = Buffer.from(`${adminLogin}:${adminPassword}`).toString('base64');
  return async (call: ApiCall): Promise<ApiAnswer> => {
    const answer = await callApi(url, call, { authorization: `Basic ${basic}` });
    if (answer.status >= 300) throw new Error(`${call.method} ${call.path}: ${answer.status} ${answer.text}`);
    return answer;
  };
}

/** The world of the table, with a deleted version in each package and a deleted package beside it. */
export async function makeApiWorld(databaseUrl: string, platform: RunningPlatform): Promise<ApiWorld> {
  const tokens = await PermissionWorld.make(databaseUrl, platform, { withGone: true });
  const root = asRoot(platform);
  const ids: Partial<Record<PackageKey, PackageIds>> = {};
  for (const key of packageKeys) {
    const { owner, name } = packages[key];
    const manifest = { name, version: '2.0.0' };
    const files = new Map([['package.json', { content: JSON.stringify(manifest) }]]);
    const built = await buildVersion({ manifest, files });
    const publisher = tokens[owner === 'acme' ? 'owen full' : 'ulla full']!;
    const answer = await putVersion(`${platform.url}/_registry/npm`, publisher, built, {});
    if (answer.status !== 201) throw new Error(`Publishing ${name}: ${answer.status}`);
    const path = `/api/packhouse/v1/packages/${owner}/npm/`;
    await root({ method: 'DELETE', path: `${path}${encodeURIComponent(goneName(key))}` });
    const numbers = await versionNumbers(root, key, 'active');
    await root({
      method: 'DELETE',
      path: `${path}${encodeURIComponent(name)}/versions/${numbers.get('2.0.0')}`,
    });
    const nodes = await nodesOf(root, key);
    ids[key] = { version: numbers.get('1.0.0')!, gone: numbers.get('2.0.0')!, ...nodes };
  }
  return { tokens, ids: ids as Ids };
}

type Root = ReturnType<typeof asRoot>;

const githubPath = (key: PackageKey): string => {
  const { owner, name } = packages[key];
  return `/api/v3/${owner === 'acme' ? 'orgs' : 'users'}/${owner}/packages/npm/${name.split('/')[1]}`;
};

async function versionNumbers(root: Root, key: PackageKey, state: string): Promise<Map<string, number>> {
  const { text } = await root({ method: 'GET', path: `${githubPath(key)}/versions?state=${state}` });
  const versions = JSON.parse(text) as Array<{ id: number; name: string }>;
  return new Map(versions.map(({ id, name }) => [name, id]));
}

async function nodesOf(root: Root, key: PackageKey): Promise<{ node: string; versionNode: string }> {
  const { owner, name } = packages[key];
  const query = `{ repositoryOwner(login: "${owner}") { ... on PackageOwner { packages(first: 1, names: ["${name}"]) {
    nodes { id latestVersion { id } } } } } }`;
  const { text } = await root({ method: 'POST', path: '/api/graphql', body: { query } });
  const { data } = JSON.parse(text) as {
    data: { repositoryOwner: { packages: { nodes: [{ id: string; latestVersion: { id: string } }] } } };
  };
  const [found] = data.repositoryOwner.packages.nodes;
  return { node: found.id, versionNode: found.latestVersion.id };
}

/** Everything that rows could change, as text. */
export async function describeState(root: Root): Promise<string[]> {
  const lines: string[] = [];
  for (const key of packageKeys) {
    const { owner, name } = packages[key];
    const path = `/api/packhouse/v1/packages/${owner}/npm/${encodeURIComponent(name)}`;
    const shown = JSON.parse((await root({ method: 'GET', path })).text) as Record<string, unknown>;
    const { repository } = JSON.parse((await root({ method: 'GET', path: githubPath(key) })).text) as {
      repository?: { full_name: string };
    };
    const access = (await root({ method: 'GET', path: `${path}/access` })).text;
    const versions = [
      ...(await versionNumbers(root, key, 'active')),
      ...(await versionNumbers(root, key, 'deleted')),
    ];
    const { visibility, inheritsAccess } = shown;
    lines.push(
      `${name}: ${String(visibility)}, ${repository?.full_name}, ${String(inheritsAccess)}, ${access}, ${versions.join(' ')}`,
    );
  }
  return lines;
}
