import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { removeTemporaryFolders, selectModes, startPlatform, type RunningPlatform } from '../src';
import { administrations, expandAdministrationRows } from './permissions/administration-table';
import { callApi, headersOf, requestOf, undoOf, type ApiAnswer } from './permissions/api-calls';
import { expandApiRows, expandCallers, expectedList, type ApiRow } from './permissions/api-table';
import { asRoot, describeState, makeApiWorld, packageKeys, type ApiWorld } from './permissions/api-world';
import { eachAtOnce } from './permissions/at-once';
import { packages, readPeople, type PackageKey } from './permissions/permission-table';

jest.setTimeout(300_000);

let postgres: ScratchPostgres;
let template: string;
let world: ApiWorld;

beforeAll(async () => {
  postgres = await startScratchPostgres();
  const url = await postgres.createDatabase();
  template = new URL(url).pathname.slice(1);
  const builder = await startPlatform({ mode: 'embedded', env: { PACKHOUSE_DATABASE_URL: url } });
  world = await makeApiWorld(url, builder).finally(() => builder.stop());
});
afterAll(async () => {
  await postgres?.stop();
  removeTemporaryFolders();
});

const bare = (key: PackageKey): string => packages[key].name.split('/')[1]!;

describe('the matrix of permissions of the management APIs', () => {
  it('has thousands of rows, of every outcome', () => {
    const rows = expandApiRows();
    expect(rows.length).toBeGreaterThanOrEqual(8000);
    expect(new Set(rows.map(({ expected }) => expected))).toEqual(
      new Set([
        ...[200, 204, 400, 401, 403, 404, 'ok'],
        ...['NOT_FOUND', 'FORBIDDEN', 'INSUFFICIENT_SCOPES', 'UNPROCESSABLE'],
      ]),
    );
  });

  describe.each(selectModes())('%s', (mode) => {
    let platform: RunningPlatform;
    let before: string[];

    beforeAll(async () => {
      const url = await postgres.createDatabase(template);
      const env = { PACKHOUSE_DATABASE_URL: url, PACKHOUSE_RATE_LIMITS: 'false' };
      platform = await startPlatform({ mode, env });
      before = await describeState(asRoot(platform));
    }, 240_000);
    afterAll(() => platform?.stop(), 60_000);

    const send = ({ who, credential, operation, package: key }: ApiRow): Promise<ApiAnswer> =>
      callApi(
        platform.url,
        requestOf(operation, key, world.ids[key]),
        headersOf(platform.url, world.tokens, who, credential),
      );
    const faultOf = (row: ApiRow, { outcome, text }: ApiAnswer): string[] =>
      outcome === row.expected
        ? []
        : [
            `${row.who} (${row.credential}) ${row.operation} ${row.package}: ${outcome}, expected ${row.expected}: ${text.slice(0, 160)}`,
          ];

    it('is what REST and GraphQL answer to who reads or is refused, row by row', async () => {
      const wrong: string[] = [];
      await eachAtOnce(
        expandApiRows().filter(({ changes }) => !changes),
        async (row) => void wrong.push(...faultOf(row, await send(row))),
      );
      expect(wrong).toEqual([]);
    });

    it('leaves everything as it was where it refuses', async () => {
      expect(await describeState(asRoot(platform))).toEqual(before);
    });

    it('is what they answer to who may change something, row by row', async () => {
      const wrong: string[] = [];
      const root = asRoot(platform);
      await eachAtOnce(packageKeys, async (key) => {
        // One after the other, and each is taken back: the next row finds the world of the table.
        for (const row of expandApiRows().filter(({ changes, package: of }) => changes && of === key)) {
          const answer = await send(row);
          wrong.push(...faultOf(row, answer));
          const taking = answer.status < 300 ? undoOf(row.operation, key, world.ids[key]) : null;
          if (taking) await root(taking);
        }
      });
      expect(wrong).toEqual([]);
      expect(await describeState(root)).toEqual(before);
    });

    it('is what they answer about logs, policies, jobs and the site', async () => {
      const rows = expandAdministrationRows();
      expect(rows.length).toBeGreaterThan(900);
      const wrong: string[] = [];
      await eachAtOnce(rows, async ({ who, credential, administration, expected }) => {
        const headers = headersOf(platform.url, world.tokens, who, credential);
        const { status, text } = await callApi(platform.url, administrations[administration], headers);
        if (status !== expected)
          wrong.push(
            `${who} (${credential}) ${administration}: ${status}, expected ${expected}: ${text.slice(0, 160)}`,
          );
      });
      expect(wrong).toEqual([]);
    });

    it('is what lists, counts and searches show, everybody what may be read and no more', async () => {
      const wrong: string[] = [];
      await eachAtOnce(expandCallers(), async ({ person, credential }) => {
        for (const owner of ['acme', 'ulla'] as const) {
          const expected = expectedList(person, credential, owner);
          const headers = headersOf(platform.url, world.tokens, person.who, credential);
          const shown = await readLists(platform.url, owner, headers);
          const wanted = typeof expected === 'string' ? refusedLists(expected) : namedLists(expected);
          // The page of another site can send no query.
          if (credential === 'forged' && Array.isArray(expected)) wanted.graph = 'HTTP 403';
          for (const [list, names] of Object.entries(wanted))
            if (shown[list] !== names)
              wrong.push(
                `${person.who} (${credential}) ${list} of ${owner}: ${shown[list]}, expected ${names}`,
              );
        }
      });
      expect(wrong).toEqual([]);
    });

    it('is what a list of oneself shows: what one owns', async () => {
      const wrong: string[] = [];
      for (const { who } of readPeople()) {
        const headers = headersOf(platform.url, world.tokens, who, 'full');
        const call = { method: 'GET', path: '/api/v3/user/packages?package_type=npm' };
        const { status, text } = await callApi(platform.url, call, headers);
        const expected = who === 'nobody' ? 401 : who.startsWith('wf-') ? 403 : 200;
        const names =
          status === 200 ? (JSON.parse(text) as Array<{ name: string }>).map(({ name }) => name) : [];
        if (status !== expected || names.sort().join(' ') !== (who === 'ulla' ? 'mine ours' : ''))
          wrong.push(`${who}: ${status} ${names.join(' ')}`);
      }
      expect(wrong).toEqual([]);
    });
  });
});

type Lists = Record<string, string>;

/** `total: names` of every list there is of an owner's packages; or how it is refused. */
async function readLists(
  url: string,
  owner: 'acme' | 'ulla',
  headers: Readonly<Record<string, string>>,
): Promise<Lists> {
  const get = async (path: string): Promise<[number, unknown]> => {
    const { status, text } = await callApi(url, { method: 'GET', path }, headers);
    return [status, JSON.parse(text)];
  };
  const place = owner === 'acme' ? 'orgs/acme' : 'users/ulla';
  const named = (items: ReadonlyArray<{ name: string }>, total = items.length): string => {
    const names = items.map(({ name }) => name.replace(/^@\w+\//, ''));
    return `${total}: ${names.sort().join(' ')}`;
  };
  const all = await get(`/api/v3/${place}/packages?package_type=npm`);
  const secret = await get(`/api/v3/${place}/packages?package_type=npm&visibility=private`);
  const found = await get(`/api/packhouse/v1/search/packages?owner=${owner}`);
  const query = `{ repositoryOwner(login: "${owner}") { ... on PackageOwner { packages(first: 100) { totalCount nodes { name } } } } }`;
  const graph = await callApi(url, { method: 'POST', path: '/api/graphql', body: { query } }, headers);
  type Found = { total: number; items: Array<{ name: string }> };
  type Graph = {
    data: { repositoryOwner: { packages: { totalCount: number; nodes: Array<{ name: string }> } } };
  };
  const list = ([status, body]: [number, unknown]): string =>
    status === 200 ? named(body as Array<{ name: string }>) : `HTTP ${status}`;
  const packagesOf = (): string => {
    const { totalCount, nodes } = (JSON.parse(graph.text) as Graph).data.repositoryOwner.packages;
    return named(nodes, totalCount);
  };
  return {
    all: list(all),
    private: list(secret),
    search:
      found[0] === 200 ? named((found[1] as Found).items, (found[1] as Found).total) : `HTTP ${found[0]}`,
    graph:
      graph.outcome === 'ok'
        ? packagesOf()
        : graph.status === 200
          ? String(graph.outcome)
          : `HTTP ${graph.status}`,
  };
}

function namedLists(keys: readonly PackageKey[]): Lists {
  const show = (of: readonly PackageKey[]): string => `${of.length}: ${of.map(bare).sort().join(' ')}`;
  const secret = show(keys.filter((key) => packages[key].visibility === 'private'));
  return { all: show(keys), private: secret, search: show(keys), graph: show(keys) };
}

function refusedLists(why: 'no credential' | 'no scope'): Lists {
  return why === 'no credential'
    ? { all: 'HTTP 401', private: 'HTTP 401', search: 'HTTP 401', graph: 'HTTP 401' }
    : { all: 'HTTP 403', private: 'HTTP 403', search: 'HTTP 403', graph: 'INSUFFICIENT_SCOPES' };
}
