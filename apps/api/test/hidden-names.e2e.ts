import { tokenScopes } from '@packhouse/contracts';
import {
  buildPackage,
  PlatformApi,
  putVersion,
  removeTemporaryFolders,
  selectModes,
  startPlatform,
  type RunningPlatform,
} from '@packhouse/testing';
import {
  addressOf,
  bodyFor,
  readServedOperations,
  type ServedOperation,
  type Values,
} from './support/served-operations';

jest.setTimeout(240_000);

const password = 'correct-horse-battery';
/** Of one length, so that answers about them have one length. */
const names = { hidden: 'hiddenx', absent: 'absentx' };
const nobodysId = '01900000-0000-7000-8000-00000000dead';

/** What the caller makes of its own: here nothing is hidden from it. */
const makesOwn = new Set([
  'POST /api/packhouse/v1/users',
  'POST /api/packhouse/v1/tokens',
  'POST /api/packhouse/v1/organizations',
  'POST /api/v3/user/repos',
]);
/** Differ from one request to the next, whatever is asked for. */
const ownHeaders = /^(date|etag|content-length|x-(github-)?request-id|x-ratelimit-.*)$/;

interface Secrets {
  readonly versions: Readonly<Record<'hidden' | 'mine', number>>;
  /** Of the token, the session, the publisher and the job's token that are somebody else's, by a word of their path. */
  readonly ids: Readonly<Record<string, string>>;
  readonly nodes: { readonly package: string; readonly version: string; readonly repository: string };
}

describe.each(selectModes())('what is hidden, in %s mode', (mode) => {
  let platform: RunningPlatform;
  let operations: ServedOperation[];
  let secrets: Secrets;
  const headers: Record<string, Record<string, string>> = { stranger: {} };

  beforeAll(async () => {
    platform = await startPlatform({ mode });
    const [ann] = [await signUp('annone'), await signUp('anntwo')];
    const eve = await signUp('eve');
    const { token } = await eve.createToken({ scopes: tokenScopes.filter((one) => one !== 'site_admin') });
    headers.eve = { authorization: `Bearer ${token}` };
    secrets = await hideThings(ann);
    operations = await readServedOperations(platform.url);
  });
  afterAll(async () => {
    await platform?.stop();
    removeTemporaryFolders();
  }, 60_000);

  async function signUp(login: string): Promise<PlatformApi> {
    await platform.api.createUser(login, password);
    const api = PlatformApi.withPassword(platform.url, login, password);
    if (login.startsWith('ann')) await api.createOrganization(login.replace('ann', 'org'));
    return api;
  }

  /** Everything that others must not learn of: annone and her orgone have it, anntwo and orgtwo have nothing. */
  async function hideThings(ann: PlatformApi): Promise<Secrets> {
    const scopes = ['read:packages', 'write:packages', 'delete:packages', 'repo'];
    const { id: tokens, token } = await ann.createToken({ scopes });
    const bearer = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const read = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
      const answer = await fetch(`${platform.url}${path}`, { headers: bearer, ...init });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as T;
    };
    const { hidden } = names;
    await ann.call('POST', '/repositories', { owner: 'orgone', name: hidden });
    await ann.call('POST', '/repositories', { owner: 'annone', name: hidden });
    const basic = `Basic ${Buffer.from(`annone:${password}`).toString('base64')}`;
    const asAnn = { authorization: basic, 'content-type': 'application/json' };
    const team = JSON.stringify({ name: hidden, privacy: 'secret' });
    await read('/api/v3/orgs/orgone/teams', { method: 'POST', headers: asAnn, body: team });
    for (const scope of ['orgone', 'annone'])
      for (const version of ['1.0.0', '2.0.0']) {
        const built = await buildPackage({ name: `@${scope}/${hidden}`, version });
        const answer = await putVersion(`${platform.url}/_registry/npm`, token, built, {});
        if (!answer.ok) throw new Error(await answer.text());
      }
    const numberOf = async (place: string): Promise<number> =>
      (await read<Array<{ id: number }>>(`/api/v3/${place}/packages/npm/${hidden}/versions`))[0]!.id;
    const publisher = { issuer: 'https://ci.example.com', claims: { sub: 'repo:secret' } };
    const made = (await ann.call('POST', '/trusted-publishers/orgone', publisher)) as { id: string };
    const job = (await ann.call('POST', `/repositories/orgone/${hidden}/workflow-tokens`, {})) as {
      id: string;
    };
    const query = `{ organization(login: "orgone") { packages(first: 1) { nodes { id latestVersion { id } } } }
      repository(owner: "orgone", name: "${hidden}") { id } }`;
    const { data } = await read<{
      data: {
        organization: { packages: { nodes: [{ id: string; latestVersion: { id: string } }] } };
        repository: { id: string };
      };
    }>('/api/graphql', { method: 'POST', body: JSON.stringify({ query }) });
    const [found] = data.organization.packages.nodes;
    return {
      versions: { hidden: await numberOf('orgs/orgone'), mine: await numberOf('users/annone') },
      ids: { 'workflow-tokens': job.id, 'trusted-publishers': made.id, tokens, sessions: job.id },
      nodes: { package: found.id, version: found.latestVersion.id, repository: data.repository.id },
    };
  }

  /** Values for every parameter there is: of what is hidden, or of what never was. */
  function valuesFor({ path }: ServedOperation, is: 'hidden' | 'absent', place: 'one' | 'two'): Values {
    const [name, organization, user] = [names[is], `org${place}`, `ann${place}`];
    const ofUser = path.includes('/users/');
    const owner = ofUser ? user : organization;
    const kind = Object.keys(secrets.ids).find((word) => path.includes(`/${word}/`)) ?? '';
    const version = is === 'hidden' ? secrets.versions[ofUser ? 'mine' : 'hidden'] : 987_654_321;
    const ofPackage = path.includes('/packages/{owner}/');
    return {
      ...{ org: organization, owner, username: user, login: user, account: user, admin: user },
      ...{ repo: name, repository: name, team_slug: name, team: name, enterprise: name, slug: name },
      ...{ package_type: 'npm', format: 'npm', package_name: name, package_version_id: version },
      ...{ number: version, version: '1.0.0', id: (is === 'hidden' && secrets.ids[kind]) || nobodysId },
      ...{ service: 'audit', eventId: nobodysId, jobId: '987654321' },
      ...{ name: ofPackage ? `@${owner}/${name}` : name, package: `@${owner}/${name}`, q: name },
      ...{
        new_owner: 'eve',
        parent_team_id: undefined,
        claims: { sub: 'repo:secret' },
        issuer: 'https://ci.example.com',
      },
    };
  }

  async function ask(
    operation: ServedOperation,
    who: string,
    values: Values,
  ): Promise<{ told: string; status: number }> {
    const { method, body } = operation;
    const answer = await fetch(`${platform.url}${addressOf(operation, values)}`, {
      method,
      headers: { ...headers[who], ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body ? JSON.stringify(bodyFor(body, values)) : undefined,
    });
    const seen = [...answer.headers].filter(([name]) => !ownHeaders.test(name)).sort();
    const told = normalise(`${answer.status} ${JSON.stringify(seen)} ${await answer.text()}`, values);
    return { told, status: answer.status };
  }

  /** Without what was asked for, and what no two things have in common. */
  function normalise(text: string, { package_version_id: number, id, name }: Values): string {
    const bare = String(name).split('/').at(-1)!;
    return text
      .replaceAll(bare, 'NAME')
      .replaceAll(/\b(org|ann)(one|two)\b/g, '$1')
      .replaceAll(/\/avatars\/u\/\d+/g, '')
      .replaceAll(new RegExp(`"requestId":"[^"]*"|\\b${String(number)}\\b|${String(id)}`, 'g'), '')
      .replaceAll(/"(id|number|node_id|created_at|updated_at|createdAt|updatedAt)":("[^"]*"|\d+)/g, '"$1"');
  }

  const asksForSomething = ({
    method,
    path,
    pathParameters,
    queryParameters,
    body,
  }: ServedOperation): boolean =>
    !makesOwn.has(`${method} ${path}`) &&
    (pathParameters.length > 0 ||
      queryParameters.includes('q') ||
      queryParameters.includes('owner') ||
      body !== null);

  it.each(['stranger', 'eve'])(
    'no route tells %s of it, by status, words, headers or counts',
    async (who) => {
      const leaks: string[] = [];
      const statuses: Record<number, number> = {};
      for (const operation of operations.filter(asksForSomething)) {
        const told = await ask(operation, who, valuesFor(operation, 'hidden', 'one'));
        statuses[told.status] = (statuses[told.status] ?? 0) + 1;
        for (const place of ['one', 'two'] as const) {
          const toldOfNothing = await ask(operation, who, valuesFor(operation, 'absent', place));
          if (told.told !== toldOfNothing.told)
            leaks.push(
              `${operation.method} ${operation.path}: ${told.told}\n  of nothing (${place}): ${toldOfNothing.told}`,
            );
        }
      }
      expect(leaks).toEqual([]);
      // The comparison means something: hardly anything was refused for how it was asked.
      expect((statuses[422] ?? 0) + (statuses[400] ?? 0)).toBeLessThan(8);
      expect(who === 'eve' ? statuses[404] : statuses[401]).toBeGreaterThan(40);
    },
  );

  it('no version of a hidden package is there, nor is it told from one that is not', async () => {
    const leaks: string[] = [];
    for (const operation of operations.filter(({ path }) => /\{(package_version_id|number)\}/.test(path))) {
      const hidden = valuesFor(operation, 'hidden', 'one');
      const { told } = await ask(operation, 'eve', hidden);
      const none = await ask(operation, 'eve', {
        ...hidden,
        package_version_id: 1_234_567,
        number: 1_234_567,
      });
      if (told !== none.told) leaks.push(`${operation.method} ${operation.path}: ${told} / ${none.told}`);
    }
    expect(leaks).toEqual([]);
  });

  it('no list of the instance names it or counts it', async () => {
    const lists = operations.filter(
      ({ method, pathParameters }) => method === 'GET' && pathParameters.length === 0,
    );
    expect(lists.length).toBeGreaterThan(15);
    for (const operation of lists)
      for (const who of ['stranger', 'eve']) {
        const values = valuesFor(operation, 'hidden', 'one');
        const address = new URL(`${platform.url}${operation.path}`);
        address.search = new URLSearchParams({ per_page: '100', q: '' }).toString();
        const answer = await fetch(address, {
          headers: headers[who],
        });
        expect([operation.path, await answer.text()]).toEqual([
          operation.path,
          expect.not.stringContaining(String(values['repo'])),
        ]);
      }
  });

  it('no field of GraphQL tells of it', async () => {
    const run = async (query: string): Promise<string> => {
      const body = JSON.stringify({ query });
      const answer = await fetch(`${platform.url}/api/graphql`, {
        ...{ method: 'POST', body, headers: { ...headers.eve, 'content-type': 'application/json' } },
      });
      return `${answer.status} ${await answer.text()}`;
    };
    const { __schema: schema } = (
      JSON.parse(
        (await run('{ __schema { queryType { fields { name } } mutationType { fields { name } } } }')).slice(
          4,
        ),
      ) as { data: { __schema: Record<string, { fields: Array<{ name: string }> }> } }
    ).data;
    const never = (kind: string): string => Buffer.from(`${kind}:${nobodysId}`).toString('base64url');
    const { nodes } = secrets;
    const packages = (name: string): string =>
      `packages(first: 5, names: ["${name}"]) { totalCount nodes { name } pageInfo { hasNextPage } }`;
    const byName = (question: (name: string, place: string) => string): [string, string][] => [
      [question(names.hidden, 'one'), question(names.absent, 'one')],
      [question(names.hidden, 'one'), question(names.absent, 'two')],
    ];
    const nodePair = (question: (id: string) => string): [string, string][] => [
      [question(nodes.package), question(never('Package'))],
      [question(nodes.version), question(never('PackageVersion'))],
      [question(nodes.repository), question(never('Repository'))],
    ];
    const questions: Record<string, [string, string][]> = {
      node: nodePair((id) => `{ node(id: "${id}") { id } }`),
      nodes: nodePair((id) => `{ nodes(ids: ["${id}"]) { id } }`),
      organization: byName(
        (name, place) =>
          `{ organization(login: "org${place}") { ${packages(name)} repository(name: "${name}") { id } } }`,
      ),
      repository: byName(
        (name, place) => `{ repository(owner: "org${place}", name: "${name}") { id ${packages(name)} } }`,
      ),
      repositoryOwner: byName(
        (name, place) => `{ repositoryOwner(login: "org${place}") { repository(name: "${name}") { id } } }`,
      ),
      user: byName(
        (name, place) =>
          `{ user(login: "ann${place}") { ${packages(name)} repository(name: "${name}") { id } } }`,
      ),
      deletePackageVersion: nodePair(
        (id) => `mutation { deletePackageVersion(input: {packageVersionId: "${id}"}) { success } }`,
      ),
      viewer: [],
      rateLimit: [],
    };
    const fields = [schema['queryType'], schema['mutationType']].flatMap((type) => type?.fields ?? []);
    expect(Object.keys(questions).sort()).toEqual(fields.map(({ name }) => name).sort());
    const leaks: string[] = [];
    const plain = (text: string): string =>
      text
        .replaceAll(new RegExp([...Object.values(nodes), ...Object.values(names)].join('|'), 'g'), 'X')
        .replaceAll(/\b(org|ann)(one|two)\b/g, '$1')
        .replaceAll(new RegExp(['Package', 'PackageVersion', 'Repository'].map(never).join('|'), 'g'), 'X');
    for (const [hidden, absent] of Object.values(questions).flat()) {
      const [told, toldOfNothing] = [plain(await run(hidden)), plain(await run(absent))];
      if (told !== toldOfNothing || told.includes('"Name'))
        leaks.push(`${hidden}: ${told} / ${toldOfNothing}`);
    }
    expect(leaks).toEqual([]);
  });

  it('the time of a refusal does not tell either', async () => {
    const time = async (path: string, who: string): Promise<number> => {
      const begun = performance.now();
      await (await fetch(`${platform.url}${path}`, { headers: headers[who] })).arrayBuffer();
      return performance.now() - begun;
    };
    const median = (times: number[]): number => times.sort((one, other) => one - other)[times.length >> 1]!;
    const paths = (name: string): string[] => [
      `/api/v3/orgs/orgone/packages/npm/${name}`,
      `/_registry/npm/@orgone%2f${name}`,
    ];
    for (const [index, path] of paths(names.hidden).entries()) {
      let ratio = Infinity;
      // The machine may be busy with something else: only a difference that stays is one.
      for (let attempt = 0; attempt < 5 && ratio > 1.25; attempt += 1) {
        const [ofHidden, ofNothing]: [number[], number[]] = [[], []];
        for (let turn = 0; turn < 200; turn += 1) {
          ofHidden.push(await time(path, 'eve'));
          ofNothing.push(await time(paths(names.absent)[index]!, 'eve'));
        }
        const [one, other] = [median(ofHidden), median(ofNothing)];
        ratio = Math.max(one, other) / Math.min(one, other);
      }
      expect([path, ratio <= 1.25]).toEqual([path, true]);
    }
  });
});
