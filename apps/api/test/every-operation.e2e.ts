import {
  buildPackage,
  ConformingFetch,
  PlatformApi,
  putVersion,
  removeTemporaryFolders,
  startPlatform,
  TestIssuer,
  type RunningPlatform,
} from '@packhouse/testing';
import { Browser } from './support/browser';
import { accountCalls, lastCalls, packageCalls, repositoryCalls, type EveryCall } from './support/every-call';
import { addressOf, bodyFor, readServedOperations, type ServedOperation } from './support/served-operations';

jest.setTimeout(180_000);

const password = 'correct-horse-battery';
const basic = (login: string, secret = password): string =>
  `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`;

/** Only names of formats that retire them can be freed: the contract suite of metadata does that. */
const elsewhere = [
  'DELETE /api/packhouse/v1/retired-names/{id}',
  // Work has to have failed for good first: operations.e2e.ts sees to that, and compares the answers.
  'DELETE /api/packhouse/v1/operations/parked-events/{service}/{eventId}',
  'POST /api/packhouse/v1/operations/failed-jobs/{service}/{jobId}/retry',
  'POST /api/packhouse/v1/operations/parked-events/{service}/{eventId}/retry',
];

describe('every operation that is declared', () => {
  let platform: RunningPlatform;
  let conforming: ConformingFetch;
  let issuer: TestIssuer;
  let operations: ServedOperation[];
  const kept = new Map<string, string>();
  const browser: Record<string, string> = {};

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    platform = await startPlatform({ mode: 'embedded', env: { PACKHOUSE_PRIVATE_ISSUERS: 'on' } });
    conforming = await ConformingFetch.open(platform.url, { github: true });
    operations = await readServedOperations(platform.url);
    const claims = { sub: 'repo:acme/app:ref:refs/heads/main' };
    kept.set('issuer', issuer.url).set('idToken', await issuer.sign(platform.url, { claims }));
  });
  afterAll(async () => {
    await platform?.stop();
    await issuer?.stop();
    removeTemporaryFolders();
  }, 60_000);

  const nameOf = ({ method, path }: ServedOperation): string => `${method} ${path}`;
  const all = (): string[] => operations.map(nameOf).sort();

  /** The declared operation that a request is for: the one with the most words of its own. */
  function operationOf(method: string, path: string): string {
    const fits = operations.filter(
      (one) =>
        one.method === method &&
        new RegExp(`^${one.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
    );
    const literals = ({ path: of }: ServedOperation): number => of.replaceAll(/\{\w+\}/g, '').length;
    const [found] = fits.sort((one, other) => literals(other) - literals(one));
    return found ? nameOf(found) : `${method} ${path} is not declared`;
  }

  const fill = (text: string): string =>
    text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => kept.get(name) ?? whole);

  function headersOf(who: EveryCall[0]): Record<string, string> {
    if (who === 'anyone') return {};
    if (who === 'browser') return browser;
    const login = who === 'root' ? platform.adminLogin : who;
    return { authorization: basic(login, who === 'root' ? platform.adminPassword : password) };
  }

  const succeeded = new Set(elsewhere);

  /** Makes the calls in order, and compares each answer with the documents. */
  async function succeed(calls: readonly EveryCall[]): Promise<void> {
    for (const [who, what, body, keep] of calls) {
      const [method = '', path = ''] = fill(what).split(' ');
      const answer = await conforming.fetch(`${platform.url}${path}`, {
        method,
        headers: { ...headersOf(who), ...(body ? { 'content-type': 'application/json' } : {}) },
        body: body && fill(JSON.stringify(body)),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${who} ${method} ${path}: ${answer.status} ${text}`);
      if (keep) kept.set(keep[0], readPath(JSON.parse(text), keep[1]));
      succeeded.add(operationOf(method, path.split('?')[0]!));
    }
  }

  it('succeeds as described: accounts and organizations', async () => {
    const beforeTokens = accountCalls.findIndex(([who]) => who === 'browser');
    await succeed(accountCalls.slice(0, beforeTokens));
    const signedIn = new Browser(platform.url);
    await signedIn.signIn('ann', password);
    browser.cookie = [...signedIn.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    await succeed(accountCalls.slice(beforeTokens));
  });

  it('succeeds as described: repositories, teams and jobs', async () => {
    await succeed(repositoryCalls);
  });

  it('succeeds as described: packages', async () => {
    const { token } = await PlatformApi.withPassword(platform.url, 'ann', password).createToken();
    for (const name of ['@acme/lib', '@acme/open', '@ann/own'])
      for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
        const built = await buildPackage({ name, version });
        const access = name === '@acme/open' ? 'public' : 'restricted';
        const answer = await putVersion(`${platform.url}/_registry/npm`, token, built, { access });
        expect(answer.status).toBe(201);
      }
    await succeed(packageCalls);
  });

  it('succeeds as described: what ends, and none is left out', async () => {
    await succeed(lastCalls);
    expect([...succeeded].sort()).toEqual(all());
  });

  it('refuses a wrong credential as described', async () => {
    const wrong: string[] = [];
    for (const operation of operations) {
      const values = Object.fromEntries(operation.pathParameters.map((name) => [name, 'acme']));
      const { method, body } = operation;
      const answer = await conforming.fetch(`${platform.url}${addressOf(operation, values)}`, {
        method,
        headers: {
          authorization: 'Bearer pkh_nothing',
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        body: body ? JSON.stringify(bodyFor(body, {})) : undefined,
      });
      await answer.arrayBuffer();
      if (answer.status !== 401) wrong.push(`${nameOf(operation)}: ${answer.status}`);
    }
    expect(wrong).toEqual([]);
    expect(operations.length).toBeGreaterThan(140);
  });

  it('refuses what is not there, or not the caller’s, as described', async () => {
    const wrong: string[] = [];
    const nothing = {
      package_version_id: 987_654,
      number: 987_654,
      package_type: 'npm',
      format: 'npm',
      org: 'acme',
    };
    for (const operation of operations.filter(({ pathParameters }) => pathParameters.length > 0)) {
      const names = Object.fromEntries(operation.pathParameters.map((name) => [name, 'nothing-here']));
      const values = {
        ...names,
        ...nothing,
        ...(operation.path.includes('/orgs/') ? {} : { owner: 'acme' }),
      };
      const { method, body } = operation;
      const answer = await conforming.fetch(`${platform.url}${addressOf(operation, values)}`, {
        method,
        headers: { authorization: basic('eve'), ...(body ? { 'content-type': 'application/json' } : {}) },
        body: body ? JSON.stringify(bodyFor(body, {})) : undefined,
      });
      await answer.arrayBuffer();
      // Lists of what is public are empty for others; everything else is refused.
      if (answer.status >= 500 || (answer.ok && method !== 'GET'))
        wrong.push(`${nameOf(operation)}: ${answer.status}`);
    }
    expect(wrong).toEqual([]);
  });
});

function readPath(value: unknown, path: string): string {
  const found = path
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
  if (typeof found !== 'string' && typeof found !== 'number')
    throw new Error(`No ${path} in ${JSON.stringify(value).slice(0, 300)}`);
  return String(found);
}
