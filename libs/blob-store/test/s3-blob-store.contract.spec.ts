import { randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBlobStore, S3BlobStore } from '../src';
import type { StorageSettings } from '@packhouse/config';
import { silentLogger } from '@packhouse/observability';
import { startCephRgw, type S3Server } from '@packhouse/testing';
import { Client } from 'minio';
import { describeBlobStore, keep, type BlobStoreHarness } from './blob-store.suite';

jest.setTimeout(120_000);

let server: S3Server;
let client: Client;
let harness: BlobStoreHarness;

function settings(overrides: Partial<StorageSettings> = {}): StorageSettings {
  const { endpoint, accessKey, secretKey } = server;
  return {
    s3Endpoint: endpoint,
    s3Bucket: 'packhouse-test',
    s3Region: 'us-east-1',
    s3AccessKey: accessKey,
    s3SecretKey: secretKey,
    ...overrides,
  };
}

async function listUploads(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of client.listObjectsV2('packhouse-test', 'uploads/', true) as AsyncIterable<{
    name: string;
  }>) {
    names.push(name);
  }
  const { uploads } = await client.listIncompleteUploadsQuery('packhouse-test', '', '', '', '');
  return [...names, ...uploads.map(({ key }) => key)];
}

beforeAll(async () => {
  server = await startCephRgw();
  const { hostname, port } = new URL(server.endpoint);
  const { accessKey, secretKey } = server;
  client = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey,
    secretKey,
    region: 'us-east-1',
  });
  const store = new S3BlobStore(settings(), { logger: silentLogger });
  const other = new S3BlobStore(settings(), { logger: silentLogger });
  // Two processes that start at once on an empty server.
  await Promise.all([store.prepare(), other.prepare()]);
  harness = { store, other, listUploads, growthLimit: 100_000_000 };
});

afterAll(async () => {
  await server?.stop();
});

describe('S3BlobStore', () => {
  describeBlobStore(() => harness);

  it('says in a sentence that the keys are wrong', async () => {
    const wrong = createBlobStore(
      { storage: settings({ s3SecretKey: 'not-the-key' }), data: { folder: '', fsync: true } },
      silentLogger,
    );
    await expect(wrong).rejects.toThrow(/refuses the keys: check PACKHOUSE_S3_ACCESS_KEY/);
  });

  it('says in a sentence that the server does not answer', async () => {
    const nobody = new S3BlobStore(settings({ s3Endpoint: 'http://127.0.0.1:9' }), { logger: silentLogger });
    await expect(nobody.prepare()).rejects.toThrow(/cannot be used \(ECONNREFUSED\).*PACKHOUSE_S3_ENDPOINT/);
  });

  it('starts on a bucket that is there already', async () => {
    const again = await createBlobStore(
      { storage: settings(), data: { folder: '', fsync: true } },
      silentLogger,
    );
    const sha256 = await keep(again, randomBytes(100));
    expect(await again.stat(sha256)).toEqual({ size: 100 });
  });

  it('gets through passing trouble of the server, and gives up with storage_unavailable', async () => {
    const troubled = await startTroubledProxy(server.endpoint);
    try {
      const store = new S3BlobStore(settings({ s3Endpoint: troubled.endpoint }), { logger: silentLogger });
      await store.prepare();
      const content = randomBytes(6 * 1024 * 1024);
      troubled.failures = 2;
      const sha256 = await keep(store, content);
      troubled.failures = 2;
      expect((await store.readAll(sha256)).equals(content)).toBe(true);
      troubled.failures = 1000;
      await expect(store.stat(sha256)).rejects.toMatchObject({ code: 'storage_unavailable' });
    } finally {
      await troubled.close();
    }
  });
});

/** Answers 503 or cuts the connection, in turns, as often as told; then it passes requests on unchanged. */
async function startTroubledProxy(target: string) {
  const upstream = new URL(target);
  const proxy: Server = createServer((request, response) => {
    if (state.failures > 0) {
      state.failures -= 1;
      request.resume();
      if (state.failures % 2 === 0) response.writeHead(503).end();
      else request.socket.destroy();
      return;
    }
    const { method, url, headers } = request;
    const onward = httpRequest(
      { host: upstream.hostname, port: upstream.port, method, path: url, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const state = {
    failures: 0,
    endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close: async (): Promise<void> => {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
  return state;
}
