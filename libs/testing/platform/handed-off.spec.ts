import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BLOB_STORE, type BlobStore } from '@packhouse/blob-store';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DownloadCounter } from '@packhouse/gateway-kit';
import { sha256Hex } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import { run, type RunningServices } from '@packhouse/runtime';
import { Client } from 'minio';
import {
  buildImage,
  buildLayer,
  layCluster,
  listContents,
  makeTemporaryFolder,
  PlatformApi,
  productServices,
  readLayout,
  removeTemporaryFolders,
  selectPrograms,
  SkopeoClient,
  startCephRgw,
  startNginxBefore,
  writeLayout,
  type NginxServer,
  type S3Server,
} from '../src';
import { buildVersion } from '../src/packages/npm-publish';

const password = 'a password for tests';
const authorization = `Basic ${Buffer.from(`root-user:${password}`).toString('base64')}`;
const tarballs = '/_registry/npm/@root-user/thing/-/thing';

let folder: string;
let platform: RunningServices | undefined;

/** Everything that it logged. */
let logged: string;

function recorder(): Logger {
  const note = (...parts: unknown[]): void => void (logged += `${JSON.stringify(parts)}\n`);
  return { debug: note, info: note, warn: note, error: note, child: recorder };
}

/** Gives its URL. */
async function start(env: Record<string, string>): Promise<string> {
  logged = '';
  folder = await mkdtemp(join(tmpdir(), 'packhouse-handed-off-'));
  await layCluster(join(folder, 'data', 'postgres'));
  platform = await run(await productServices(), {
    logger: recorder(),
    env: {
      PACKHOUSE_PORT: '0',
      PACKHOUSE_DATA: join(folder, 'data'),
      PACKHOUSE_ADMIN_LOGIN: 'root-user',
      PACKHOUSE_ADMIN_PASSWORD: password,
      ...env,
    },
  });
  return platform.url ?? '';
}

/** Publishes one version and gives its tarball. */
async function publish(url: string, version: string, size: number): Promise<Buffer> {
  const manifest = { name: '@root-user/thing', version };
  const built = await buildVersion({
    manifest,
    files: new Map([
      ['package.json', { content: JSON.stringify(manifest) }],
      ['data', { content: randomBytes(size) }],
    ]),
  });
  const answer = await fetch(`${url}/_registry/npm/@root-user%2fthing`, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/json' },
    body: built.document(`${url}/_registry/npm`),
  });
  expect(answer.status).toBeLessThan(300);
  return built.tarball;
}

async function countDownloads(running: RunningServices): Promise<number> {
  await running.get<DownloadCounter>(DownloadCounter).flush();
  const database = running.get<ServiceDatabase>(databaseToken('metadata'));
  const [row] = await database.query<{ count: string }>(
    'SELECT coalesce(sum(count), 0) AS count FROM download_count',
  );
  return Number(row!.count);
}

async function read(answer: Response): Promise<Buffer> {
  return Buffer.from(await answer.arrayBuffer());
}

async function end(): Promise<void> {
  await platform?.stop();
  await rm(folder, { recursive: true, force: true });
}

afterAll(removeTemporaryFolders);

/** What came to the storage from clients, and what it answered. */
interface StorageRead {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly status: number;
}

/** The storage under the address that clients have of it. */
class StorageFront {
  readonly reads: StorageRead[] = [];
  /** Path and query that the next read gets instead of its own: that of a client that comes late. */
  instead: string | undefined;
  private readonly server = createServer((request, response) => this.pass(request, response));

  constructor(private readonly target: string) {}

  /** Gives its URL. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private pass(request: IncomingMessage, response: ServerResponse): void {
    const url = this.instead ?? request.url ?? '/';
    this.instead = undefined;
    const { method, headers } = request;
    const upstream = httpRequest(`${this.target}${url}`, { method, headers });
    upstream.on('response', (answer) => {
      const status = answer.statusCode ?? 502;
      this.reads.push({ url, authorization: headers.authorization, status });
      response.writeHead(status, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  }
}

describe('larger files on S3', () => {
  let server: S3Server;
  let storage: StorageFront;
  let reached: string;
  let url: string;

  beforeAll(async () => {
    server = await startCephRgw();
    storage = new StorageFront(server.endpoint);
    reached = await storage.listen();
    url = await start({
      PACKHOUSE_S3_ENDPOINT: server.endpoint,
      PACKHOUSE_S3_PUBLIC_ENDPOINT: reached,
      PACKHOUSE_S3_ACCESS_KEY: server.accessKey,
      PACKHOUSE_S3_SECRET_KEY: server.secretKey,
      PACKHOUSE_REDIRECT_READS: 'maven, npm, container',
      PACKHOUSE_ORPHAN_DAYS: '0',
    });
  }, 120_000);

  afterAll(async () => {
    await end();
    storage?.close();
    await server?.stop();
  }, 30_000);

  it('are read at a signed URL that needs no credentials, after the right to read was asked for', async () => {
    const [small, middle, large] = [
      await publish(url, '1.0.0', 1000),
      await publish(url, '2.0.0', 400_000),
      await publish(url, '3.0.0', 6_000_000),
    ];
    const get = (version: string, init: RequestInit = {}) =>
      fetch(`${url}${tarballs}-${version}.tgz`, {
        redirect: 'manual',
        ...init,
        headers: { authorization, ...init.headers },
      });
    expect((await fetch(`${url}${tarballs}-3.0.0.tgz`, { redirect: 'manual' })).status).toBe(401);
    expect(await read(await get('1.0.0'))).toEqual(small);
    for (const [version, tarball] of [
      ['2.0.0', middle],
      ['3.0.0', large],
    ] as const) {
      const answer = await get(version);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([307, 'private, no-store']);
      const location = answer.headers.get('location') ?? '';
      expect(location.startsWith(`${reached}/`)).toBe(true);
      const stored = await fetch(location);
      expect(stored.headers.get('content-type')).toBe('application/octet-stream');
      expect((await read(stored)).equals(tarball)).toBe(true);
      const part = await fetch(location, { headers: { range: 'bytes=5-9' } });
      expect([part.status, await read(part)]).toEqual([206, tarball.subarray(5, 10)]);
      const changed = location.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=3600');
      expect((await fetch(changed)).status).toBe(403);
    }
    const head = await get('3.0.0', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(large.length)]);
    expect(await countDownloads(platform!)).toBe(3);
    await removeOrphans();
    for (const [version, tarball] of [
      ['1.0.0', small],
      ['2.0.0', middle],
      ['3.0.0', large],
    ] as const)
      expect((await read(await get(version, { redirect: 'follow' }))).equals(tarball)).toBe(true);
  }, 120_000);

  /** What a crash, or an older copy of the database, leaves in the bucket goes by the product's own operation. */
  async function removeOrphans(): Promise<void> {
    const { hostname, port } = new URL(server.endpoint);
    const { accessKey, secretKey } = server;
    const access = { accessKey, secretKey, region: 'us-east-1' };
    const client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, ...access });
    const orphans = [`sha256/${sha256Hex('orphan')}`, `content/00000000-1-00000000-${randomUUID()}`];
    for (const key of orphans) await client.putObject('packhouse', key, randomBytes(1000));
    const api = PlatformApi.withPassword(url, 'root-user', password);
    for (const dryRun of [true, false]) {
      await api.call('POST', '/operations/blob-inventories', { dryRun });
      const expected = { kind: 'inventory', dryRun, state: 'finished', blobs: 2, bytes: 2000, missing: 0 };
      let last: { state: string } | undefined;
      for (let tries = 0; tries < 200 && last?.state !== 'finished'; tries += 1) {
        await sleep(50);
        const { items } = (await api.call('GET', '/operations/blob-collections')) as {
          items: { state: string }[];
        };
        last = items[0];
      }
      expect(last).toMatchObject(expected);
      for (const key of orphans) {
        const found = await client.statObject('packhouse', key).catch(() => null);
        expect(found !== null).toBe(dryRun);
      }
    }
  }

  for (const program of selectPrograms(['skopeo']))
    it(`56, S22: ${program} pulls layers from the storage without its credentials, and comes again when a URL was too old`, async () => {
      const layers = await Promise.all(
        ['one', 'two'].map((name) => buildLayer({ [name]: randomBytes(700_000) })),
      );
      const image = buildImage({ layers });
      const skopeo = new SkopeoClient({ host: new URL(url).host });
      await skopeo.signIn({ login: 'root-user', secret: password });
      const at = skopeo.at('root-user/app', '1');
      await skopeo.copy(`oci:${writeLayout({ it: image })}:it`, at);
      const pull = async () => {
        storage.reads.length = 0;
        const layout = makeTemporaryFolder('pulled');
        await skopeo.copy(at, `oci:${layout}:it`);
        return readLayout(layout);
      };
      const whole = new Set(listContents(image).map(({ digest }) => digest));
      expect(await pull()).toEqual(whole);
      expect(storage.reads.map(({ status, authorization: sent }) => [status, sent])).toEqual(
        layers.map(() => [200, undefined]),
      );
      const [{ url: signed = '' } = {}] = storage.reads;
      const query = new URL(signed, reached).searchParams;
      expect(Number(query.get('X-Amz-Expires'))).toBeLessThanOrEqual(1200);
      const stored = await fetch(`${reached}${signed}`);
      expect(stored.headers.get('content-disposition')).toBe('attachment');
      expect(stored.headers.get('content-type')).toBe('application/octet-stream');
      const store = platform!.get<BlobStore>(BLOB_STORE);
      const sha256 = layers[0]!.digest.slice(7);
      const old = await store.presign(sha256, { method: 'GET', seconds: 1, contentType: 'a/b' });
      await new Promise((resolve) => setTimeout(resolve, 2100));
      storage.instead = old?.slice(reached.length);
      await expect(pull()).rejects.toThrow(/403|Forbidden|denied/i);
      expect(storage.reads.map(({ status }) => status)).toContain(403);
      expect(await pull()).toEqual(whole);
      expect(logged).toContain('root-user/app');
      expect(logged).not.toMatch(new RegExp(`X-Amz|${query.get('X-Amz-Signature')}`));
    }, 120_000);
});

describe('larger files on disk, behind nginx', () => {
  let nginx: NginxServer | undefined;

  afterAll(async () => {
    nginx?.stop();
    await end();
  }, 30_000);

  it('are sent by nginx, ranges too, and by nobody without our word', async () => {
    const url = await start({ PACKHOUSE_ACCEL_PREFIX: '/stored-blobs/' });
    nginx = await startNginxBefore(url, join(folder, 'data', 'blobs'));
    const tarball = await publish(nginx.url, '1.0.0', 700_000);
    const path = `${tarballs}-1.0.0.tgz`;
    const direct = await fetch(`${url}${path}`, { headers: { authorization } });
    const inside = direct.headers.get('x-accel-redirect') ?? '';
    expect(inside).toMatch(/^\/stored-blobs\/sha256\/[0-9a-f]{2}\/[0-9a-f]{64}$/);
    expect(await read(direct)).toHaveLength(0);
    const answer = await fetch(`${nginx.url}${path}`, { headers: { authorization } });
    expect(answer.headers.get('etag')).toBe(`"${inside.slice(-64)}"`);
    expect(answer.headers.get('x-accel-redirect')).toBeNull();
    expect((await read(answer)).equals(tarball)).toBe(true);
    const part = await fetch(`${nginx.url}${path}`, { headers: { authorization, range: 'bytes=100-199' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([
      206,
      `bytes 100-199/${tarball.length}`,
    ]);
    expect((await read(part)).equals(tarball.subarray(100, 200))).toBe(true);
    expect((await fetch(`${nginx.url}${path}`)).status).toBe(401);
    expect((await fetch(`${nginx.url}${inside}`)).status).toBe(404);
    expect(await countDownloads(platform!)).toBe(2);
  }, 60_000);
});
