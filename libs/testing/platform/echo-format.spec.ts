import { layCluster, productServices } from '../src';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { clientToken } from '@packhouse/messaging';
import { run, type RunningServices } from '@packhouse/runtime';
import { silentLogger } from '@packhouse/observability';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { echoGateway } from '../src/echo/echo.gateway';

const password = 'a password for tests';
const authorization = `Basic ${Buffer.from(`root-user:${password}`).toString('base64')}`;

/** Keeps docs/adding-a-format.md true: one folder and one line make a format. */
describe('a format that only its gateway knows', () => {
  let folder: string;
  let platform: RunningServices;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packhouse-echo-'));
    await layCluster(join(folder, 'data', 'postgres'));
    platform = await run([...(await productServices()), echoGateway], {
      logger: silentLogger,
      env: {
        PACKHOUSE_PORT: '0',
        PACKHOUSE_DATA: join(folder, 'data'),
        PACKHOUSE_ADMIN_LOGIN: 'root-user',
        PACKHOUSE_ADMIN_PASSWORD: password,
      },
    });
  }, 60_000);

  afterAll(async () => {
    await platform?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 30_000);

  function call(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization, ...(init.headers as Record<string, string> | undefined) };
    return fetch(`${platform.url}/_registry/echo/${path}`, { ...init, headers });
  }

  it('announces itself to the services that list formats', async () => {
    const metadata = platform.get<MetadataClient>(clientToken(metadataContract));
    const { formats } = await metadata.listFormats({});
    expect(formats.map(({ id }) => id)).toEqual(expect.arrayContaining(['echo', 'npm']));
    expect(formats.find(({ id }) => id === 'npm')).toMatchObject({
      packageType: 'npm',
      fileUrl: '/_registry/npm/{name}/-/{file}',
    });
  });

  it('publishes, repeats, refuses other bytes, and lists in order', async () => {
    const first = await call('root-user/hello/1', { method: 'PUT', body: 'one' });
    expect([first.status, await first.text()]).toEqual([201, 'created\n']);
    const again = await call('root-user/hello/1', { method: 'PUT', body: 'one' });
    expect([again.status, await again.text()]).toEqual([201, 'unchanged\n']);
    const other = await call('root-user/hello/1', { method: 'PUT', body: 'uno' });
    expect([other.status, (await other.text()).startsWith('version_exists:')]).toEqual([409, true]);
    await call('root-user/hello/2', { method: 'PUT', body: 'two' });
    expect(await (await call('root-user/hello')).text()).toBe('1\n2\n');
  });

  it('serves files with a tag, a range and a head, and hides them from strangers', async () => {
    const whole = await call('root-user/hello/1');
    expect(await whole.text()).toBe('one');
    const etag = whole.headers.get('etag') ?? '';
    expect((await call('root-user/hello/1', { headers: { 'if-none-match': etag } })).status).toBe(304);
    const part = await call('root-user/hello/1', { headers: { range: 'bytes=1-' } });
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
      206,
      'ne',
      'bytes 1-2/3',
    ]);
    const head = await call('root-user/hello/1', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '3']);
    expect((await fetch(`${platform.url}/_registry/echo/root-user/hello/1`)).status).toBe(401);
  });

  it('shows in GraphQL with the address that the gateway gave for its files', async () => {
    const query =
      '{ viewer { packages(first: 1) { nodes { packageType latestVersion { preRelease files(first: 1) { nodes { url } } } } } } }';
    const answer = await fetch(`${platform.url}/api/graphql`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    const url = `${platform.url}/_registry/echo/root-user/hello/2`;
    expect(await answer.json()).toEqual({
      data: {
        viewer: {
          packages: {
            nodes: [
              { packageType: 'ECHO', latestVersion: { preRelease: false, files: { nodes: [{ url }] } } },
            ],
          },
        },
      },
    });
    expect(await (await fetch(url, { headers: { authorization } })).text()).toBe('two');
  });

  it('refuses what it does not know in its own words, and drops what was too large', async () => {
    const bad = await call('root-user/hello/one', { method: 'PUT', body: 'x' });
    expect([bad.status, await bad.text()]).toEqual([422, 'invalid_package: A version is a number.\n']);
    const large = await call('root-user/hello/3', { method: 'PUT', body: 'x'.repeat(20_000) });
    expect(large.status).toBe(413);
    expect((await call('root-user/hello/3')).status).toBe(404);
    expect((await call('nobody-here/hello/1', { method: 'PUT', body: 'x' })).status).toBe(403);
  });

  it('records an event for every version, in the transaction that made it visible', async () => {
    const database = platform.get<ServiceDatabase>(databaseToken('metadata'));
    const rows = await database.query<{ type: string }>(
      `SELECT type FROM metadata.outbox WHERE payload->>'format' = 'echo' ORDER BY id`,
    );
    expect(rows.map(({ type }) => type)).toEqual([
      'package.created',
      'package.version-published',
      'package.version-published',
    ]);
  });
});
