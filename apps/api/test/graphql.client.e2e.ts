import {
  buildPackage,
  PlatformApi,
  putVersion,
  removeTemporaryFolders,
  startPlatform,
  type RunningPlatform,
} from '@packhouse/testing';
import { OctokitGraphql } from './support/octokit-graphql';

jest.setTimeout(120_000);

const password = 'correct-horse-battery';
const reading = ['read:packages', 'repo'];
let platform: RunningPlatform;
let octokit: OctokitGraphql;
/** Owner of the organization acme, and somebody without any relation to it. */
let ann: PlatformApi;
const tokens = { ann: '', annReading: '', annDeleting: '', eve: '', unscoped: '' };

async function signUp(login: string): Promise<PlatformApi> {
  await platform.api.createUser(login, password);
  return PlatformApi.withPassword(platform.url, login, password);
}

const tokenOf = async (api: PlatformApi, scopes?: string[]) => (await api.createToken({ scopes })).token;

async function publish(name: string, version: string, more: object = {}): Promise<void> {
  const built = await buildPackage({ name, version, ...more });
  const access = 'access' in more ? { access: more.access as 'public' } : {};
  const answer = await putVersion(`${platform.url}/_registry/npm`, tokens.ann, built, access);
  if (!answer.ok) throw new Error(`Publishing ${name} failed: ${await answer.text()}`);
}

beforeAll(async () => {
  platform = await startPlatform({ mode: 'embedded' });
  ann = await signUp('ann');
  await ann.createOrganization('acme');
  await ann.call('POST', '/repositories', { owner: 'acme', name: 'app', visibility: 'private' });
  const eve = await signUp('eve');
  tokens.ann = await tokenOf(ann);
  tokens.annReading = await tokenOf(ann, reading);
  tokens.annDeleting = await tokenOf(ann, [...reading, 'delete:packages']);
  tokens.eve = await tokenOf(eve, [...reading, 'delete:packages']);
  tokens.unscoped = await tokenOf(ann, ['repo']);
  const manifest = { repository: `${platform.url}/acme/app` };
  for (const version of ['1.0.0', '1.1.0', '2.0.0-rc.1'])
    await publish('@acme/lib', version, { manifest, files: { 'README.md': `# lib ${version}` } });
  for (let index = 1; index <= 5; index += 1) await publish(`@acme/tool-${index}`, '1.0.0');
  await publish('@acme/open', '1.0.0', { access: 'public' });
  octokit = new OctokitGraphql(`${platform.url}/api/v3`);
});

afterAll(async () => {
  octokit?.stop();
  await platform?.stop();
  removeTemporaryFolders();
});

interface Named {
  readonly id: string;
  readonly name: string;
}
interface Page<T> {
  readonly totalCount: number;
  readonly nodes: readonly T[];
  readonly pageInfo: {
    readonly endCursor: string;
    readonly startCursor: string;
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
  };
}
type Packages<T = Named> = { readonly organization: { readonly packages: Page<T> } };

const page = (args: string, of = 'id name') => `query($after: String, $before: String) {
  organization(login: "acme") { packages(${args}, after: $after, before: $before) {
    totalCount nodes { ${of} } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }`;

const libId = async () =>
  (await octokit.read<Packages>(page('first: 1, names: ["lib", "@acme/lib"]'), { token: tokens.annReading }))
    .organization.packages.nodes[0]!.id;

describe('GraphQL through the unmodified client', () => {
  it('answers the query of acceptance test 56: packages of a repository, latest versions, files with digests', async () => {
    const query = `{ repository(owner: "acme", name: "app") { nameWithOwner isPrivate packages(first: 10) { totalCount nodes {
      name packageType visibility repository { name } statistics { downloadsTotalCount }
      latestVersion { version preRelease summary files(first: 5) { totalCount nodes { name sha1 sha256 size updatedAt } } } } } } }`;
    const { repository } = await octokit.read<{ repository: unknown }>(query, { token: tokens.annReading });
    expect(repository).toMatchObject({
      nameWithOwner: 'acme/app',
      isPrivate: true,
      packages: {
        totalCount: 1,
        nodes: [
          {
            packageType: 'NPM',
            repository: { name: 'app' },
            statistics: { downloadsTotalCount: 0 },
            latestVersion: {
              version: '2.0.0-rc.1',
              preRelease: true,
              files: {
                totalCount: 1,
                nodes: [{ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown }],
              },
            },
          },
        ],
      },
    });
  });

  it('pages forwards and backwards, every element once', async () => {
    const walk = async (size: string, cursor: 'after' | 'before'): Promise<string[]> => {
      const seen: string[] = [];
      let variables = {};
      for (;;) {
        const found = (await octokit.read<Packages>(page(size), { token: tokens.annReading, variables }))
          .organization.packages;
        expect(found.totalCount).toBe(7);
        const names = found.nodes.map(({ name }) => name);
        if (cursor === 'after') seen.push(...names);
        else seen.unshift(...names);
        const isMore = cursor === 'after' ? found.pageInfo.hasNextPage : found.pageInfo.hasPreviousPage;
        if (!isMore) return seen;
        variables = { [cursor]: cursor === 'after' ? found.pageInfo.endCursor : found.pageInfo.startCursor };
      }
    };
    const forwards = await walk('first: 3', 'after');
    expect(forwards).toHaveLength(7);
    expect(forwards[0]).toMatch(/open$/);
    expect(forwards[6]).toMatch(/lib$/);
    expect(await walk('last: 2', 'before')).toEqual(forwards);
    expect(await walk('first: 3, orderBy: {field: CREATED_AT, direction: ASC}', 'after')).toEqual(
      [...forwards].reverse(),
    );
  });

  it('finds versions by number, pages through them, and gives their README', async () => {
    const query = `query($id: ID!) { node(id: $id) { ... on Package {
      version(version: "1.1.0") { version readme package { name } statistics { downloadsTotalCount } }
      none: version(version: "9.9.9") { version }
      versions(first: 2) { totalCount edges { cursor node { id version } } pageInfo { hasNextPage } } } } }`;
    const { node } = await octokit.read<{ node: unknown }>(query, {
      token: tokens.annReading,
      variables: { id: await libId() },
    });
    expect(node).toMatchObject({
      version: { version: '1.1.0', readme: '# lib 1.1.0' },
      none: null,
      versions: {
        totalCount: 3,
        edges: [{ node: { version: '2.0.0-rc.1' } }, { node: { version: '1.1.0' } }],
        pageInfo: { hasNextPage: true },
      },
    });
  });

  it('filters by format and by repository', async () => {
    const count = async (args: string) =>
      (await octokit.read<Packages>(page(`first: 1, ${args}`), { token: tokens.annReading })).organization
        .packages.totalCount;
    const { repository } = await octokit.read<{ repository: Named }>(
      '{ repository(owner: "acme", name: "app") { id } }',
      { token: tokens.annReading },
    );
    expect(await count('packageType: NPM')).toBe(7);
    expect(await count('packageType: CONTAINER')).toBe(0);
    expect(await count(`repositoryId: "${repository.id}"`)).toBe(1);
    expect(await count('repositoryId: "nonsense"')).toBe(0);
  });
});

describe('what is private', () => {
  it('is not there for a stranger: no node, no count, no name, and the same words as for what never was', async () => {
    const id = await libId();
    const { organization } = await octokit.read<Packages>(page('first: 100'), { token: tokens.eve });
    expect(organization.packages.totalCount).toBe(1);
    expect(organization.packages.nodes.map(({ name }) => name)).toEqual([expect.stringMatching(/open$/)]);
    const hidden = await octokit.send('query($id: ID!) { node(id: $id) { id } }', {
      token: tokens.eve,
      variables: { id },
    });
    const unknown = Buffer.from('Package:01900000-0000-7000-8000-00000000dead').toString('base64url');
    const never = await octokit.send('query($id: ID!) { node(id: $id) { id } }', {
      token: tokens.eve,
      variables: { id: unknown },
    });
    expect(hidden.failure?.errors?.[0]?.type).toBe('NOT_FOUND');
    expect(hidden.failure?.errors?.[0]?.message.replace(id, unknown)).toBe(
      never.failure?.errors?.[0]?.message,
    );
    const repository = await octokit.send('{ repository(owner: "acme", name: "app") { id } }', {
      token: tokens.eve,
    });
    expect(repository.failure?.errors).toEqual([
      {
        type: 'NOT_FOUND',
        path: ['repository'],
        locations: [{ line: 1, column: 3 }],
        message: "Could not resolve to a Repository with the name 'acme/app'.",
      },
    ]);
  });

  it('needs the scope, and the refusal names it', async () => {
    const { failure } = await octokit.send(page('first: 1'), { token: tokens.unscoped });
    expect(failure?.errors?.[0]).toMatchObject({
      type: 'INSUFFICIENT_SCOPES',
      message: expect.stringContaining("['read:packages']") as unknown,
    });
  });

  it('is not even asked for without signing in', async () => {
    expect((await octokit.send('{ viewer { login } }')).failure?.status).toBe(401);
    expect((await octokit.send('{ viewer { login } }', { token: 'nonsense' })).failure?.status).toBe(401);
  });
});

describe('limits', () => {
  it('are counted in points that grow with the query, and told in the answer and its headers', async () => {
    const query =
      '{ rateLimit { cost limit nodeCount used remaining resetAt } viewer { packages(first: 3) { totalCount } } }';
    const { rateLimit } = await octokit.read<{ rateLimit: Record<string, number> }>(query, {
      token: tokens.eve,
    });
    expect(rateLimit).toMatchObject({ cost: 1, nodeCount: 3 });
    expect(rateLimit.used! + rateLimit.remaining!).toBe(rateLimit.limit);
    const wide =
      '{ organization(login: "acme") { packages(first: 100) { nodes { versions(first: 1) { nodes { files(first: 1) { totalCount } } } } } } }';
    const used = async (text: string) => {
      const answer = await fetch(`${platform.url}/api/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tokens.eve}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: text }),
      });
      expect(answer.headers.get('x-ratelimit-resource')).toBe('graphql');
      return Number(answer.headers.get('x-ratelimit-used'));
    };
    const before = await used('{ viewer { login } }');
    expect(await used(wide)).toBe(before + 2);
  });

  const typeOf = async (query: string) =>
    (await octokit.send(query, { token: tokens.annReading })).failure?.errors?.[0]?.type;

  it('are told by GitHub’s names', async () => {
    const packages = (args: string) => `{ organization(login: "acme") { packages${args} { totalCount } } }`;
    expect(await typeOf(packages(''))).toBe('MISSING_PAGINATION_BOUNDARIES');
    expect(await typeOf(packages('(first: 101)'))).toBe('EXCESSIVE_PAGINATION');
    expect(await typeOf(packages('(first: 1, after: "x")'))).toBe('INVALID_CURSOR_ARGUMENTS');
    const deep =
      'packages(first: 100) { nodes { versions(first: 100) { nodes { files(first: 100) { totalCount } } } } }';
    expect(await typeOf(`{ organization(login: "acme") { ${deep} } }`)).toBe('MAX_NODE_LIMIT_EXCEEDED');
    const aliases = Array.from({ length: 1001 }, (_, index) => `a${index}: __typename`).join(' ');
    expect(await typeOf(`{ ${aliases} }`)).toBe('RESOURCE_LIMITS_EXCEEDED');
    const ids = Array.from({ length: 101 }, () => '"x"').join(' ');
    expect(await typeOf(`{ nodes(ids: [${ids}]) { id } }`)).toBe('ARGUMENT_LIMIT');
  });

  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${platform.url}/api/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tokens.annReading}`,
        'content-type': 'application/json',
        ...headers,
      },
      body,
    });

  it('refuse lists of queries, large requests and what is no query', async () => {
    const answers = await Promise.all([
      post('[{"query":"{ viewer { login } }"}]'),
      post(JSON.stringify({ query: `{ viewer { login } } #${'x'.repeat(200_000)}` })),
      post('{"query": 1}'),
      post('{"query": "{ viewer { login } }", "variables": "x"}'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 413, 400, 400]);
  });

  it('say what a query has wrong with status 200, as GraphQL clients expect', async () => {
    const wrong = await post('{"query":"{ viewer { nonsense } }"}');
    expect(wrong.status).toBe(200);
    expect(await wrong.json()).toEqual({
      errors: [
        {
          message: 'Cannot query field "nonsense" on type "User".',
          locations: [{ line: 1, column: 12 }],
        },
      ],
    });
    const variable = await post(
      '{"query":"query($n: Int!) { viewer { packages(first: $n) { totalCount } } }"}',
    );
    expect(JSON.stringify(await variable.json())).toContain('Variable \\"$n\\" of required type \\"Int!\\"');
  });

  it('take no password from a form of another site', async () => {
    const authorization = `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`;
    const form = await post('{"query":"{ viewer { login } }"}', {
      authorization,
      'content-type': 'text/plain',
    });
    expect(form.status).toBe(400);
    expect((await post('{"query":"{ viewer { login } }"}', { authorization })).status).toBe(200);
    expect((await post('{"query":"{ viewer { login } }"}', { 'content-type': 'text/plain' })).status).toBe(
      200,
    );
  });

  it('answer links, and change nothing for them', async () => {
    const get = (query: string) =>
      fetch(`${platform.url}/api/graphql?query=${encodeURIComponent(query)}`, {
        headers: { authorization: `Bearer ${tokens.annDeleting}` },
      });
    expect(await (await get('{ viewer { login } }')).json()).toEqual({ data: { viewer: { login: 'ann' } } });
    const mutation = 'mutation { deletePackageVersion(input: {packageVersionId: "x"}) { success } }';
    expect((await get(mutation)).status).toBe(405);
  });
});

describe('deletePackageVersion', () => {
  const mutation = `mutation($id: ID!) { deletePackageVersion(input: {packageVersionId: $id, clientMutationId: "mine"}) {
    success clientMutationId } }`;
  const versionId = async (version: string) => {
    const query = `query($id: ID!, $version: String!) { node(id: $id) { ... on Package { version(version: $version) { id } } } }`;
    const { node } = await octokit.read<{ node: { version: { id: string } | null } }>(query, {
      token: tokens.annReading,
      variables: { id: await libId(), version },
    });
    return node.version?.id ?? null;
  };

  it('is refused without the scope, and to who may not see the version', async () => {
    const id = await versionId('1.0.0');
    const refused = async (token: string) =>
      (await octokit.send(mutation, { token, variables: { id } })).failure?.errors?.[0]?.type;
    expect(await refused(tokens.annReading)).toBe('INSUFFICIENT_SCOPES');
    expect(await refused(tokens.eve)).toBe('NOT_FOUND');
    expect(await versionId('1.0.0')).toBe(id);
  });

  it('works with the preview header and without, and the version is gone everywhere (acceptance test 57)', async () => {
    const headers = { accept: 'application/vnd.github.package-deletes-preview+json' };
    for (const [version, more] of [
      ['1.0.0', { headers }],
      ['1.1.0', {}],
    ] as const) {
      const variables = { id: await versionId(version) };
      const { deletePackageVersion } = await octokit.read<{ deletePackageVersion: unknown }>(mutation, {
        token: tokens.annDeleting,
        variables,
        ...more,
      });
      expect(deletePackageVersion).toEqual({ success: true, clientMutationId: 'mine' });
      expect(await versionId(version)).toBeNull();
    }
    const document = await fetch(`${platform.url}/_registry/npm/@acme%2flib`, {
      headers: { authorization: `Bearer ${tokens.annReading}` },
    });
    expect(Object.keys(((await document.json()) as { versions: object }).versions)).toEqual(['2.0.0-rc.1']);
  });
});
