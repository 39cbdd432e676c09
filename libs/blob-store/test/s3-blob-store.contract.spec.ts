import { randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBlobStore, S3BlobStore, type StagedBlob } from '../src';
import type { StorageSettings } from '@packhouse/config';
import { sha256Hex } from '@packhouse/kernel';
import { silentLogger } from '@packhouse/observability';
import { startCephRgw, waitUntil, type S3Server } from '@packhouse/testing';
import { Client } from 'minio';
import {
  describeBlobStore,
  keep,
  read,
  stage,
  takeInventory,
  type BlobStoreHarness,
} from './blob-store.suite';
import { describeResumableUploads } from './resumable.suite';

jest.setTimeout(120_000);

const MIB = 1024 * 1024;
const terms = { algorithms: [], maxBytes: 1e9 };

let server: S3Server;
let client: Client;
let harness: BlobStoreHarness;

function settings(overrides: Partial<StorageSettings> = {}): StorageSettings {
  const { endpoint, accessKey, secretKey } = server;
  return {
    s3Endpoint: endpoint,
    s3Bucket: 'packhouse-test',
    s3Region: 'us-east-1',
    s3PublicEndpoint: undefined,
    s3AccessKey: accessKey,
    s3SecretKey: secretKey,
    ...overrides,
  };
}

async function listNames(prefix: string): Promise<string[]> {
  const names: string[] = [];
  const listed = client.listObjectsV2('packhouse-test', prefix, true) as AsyncIterable<{ name: string }>;
  for await (const { name } of listed) names.push(name);
  return names;
}

/** What no address points to: rests, content that was not promoted, and unfinished multipart uploads. */
async function listUploads(): Promise<string[]> {
  const pointed = new Set<string>();
  for (const name of await listNames('sha256/')) {
    const { metaData } = await client.statObject('packhouse-test', name);
    pointed.add(String((metaData as Record<string, unknown>)['packhouse-content']));
  }
  const unpointed = (await listNames('content/')).filter((name) => !pointed.has(name));
  const { uploads } = await client.listIncompleteUploadsQuery('packhouse-test', '', '', '', '');
  return [...(await listNames('uploads/')), ...unpointed, ...uploads.map(({ key }) => key)];
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
  describeResumableUploads(() => harness);

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

  it('gives content its address without a copy, and reads it under the key that it arrived with', async () => {
    const content = randomBytes(6 * MIB);
    const staged = await stage(harness.store, content);
    const [key] = await listUploads();
    await harness.store.promote(staged);
    const { sha256 } = staged.digests;
    const address = await client.statObject('packhouse-test', `sha256/${sha256}`);
    expect(address).toMatchObject({ size: 0, metaData: { 'packhouse-content': key } });
    expect((await harness.other.readAll(sha256)).equals(content)).toBe(true);
    await harness.store.remove(sha256);
    expect(await listNames(key!)).toEqual([]);
  });

  it('still reads large content that an earlier release put to its address', async () => {
    const content = randomBytes(6 * MIB);
    const sha256 = sha256Hex(content);
    await client.putObject('packhouse-test', `sha256/${sha256}`, content);
    expect(await harness.store.stat(sha256)).toEqual({ size: content.length });
    expect((await read(harness.store, sha256, 9, 99)).equals(content.subarray(9, 100))).toBe(true);
    expect((await harness.store.readAll(sha256)).equals(content)).toBe(true);
    await keep(harness.store, content);
    expect((await read(harness.store, sha256)).equals(content)).toBe(true);
    await harness.store.remove(sha256);
    expect(await harness.store.stat(sha256)).toBeNull();
  });

  it('finds content that was removed and stored again by another process', async () => {
    const content = randomBytes(6 * MIB);
    const sha256 = await keep(harness.store, content);
    await read(harness.store, sha256);
    await harness.other.remove(sha256);
    await keep(harness.other, content);
    expect((await read(harness.store, sha256)).equals(content)).toBe(true);
    await harness.other.remove(sha256);
    await keep(harness.other, content);
    expect((await read(harness.store, sha256, 0, 99)).equals(content.subarray(0, 100))).toBe(true);
  });

  it('sweeps what a removal left that was cut off, and never content that has its address', async () => {
    const content = randomBytes(6 * MIB);
    const kept = await keep(harness.store, content);
    const half = await keep(harness.store, randomBytes(6 * MIB));
    await client.removeObject('packhouse-test', `sha256/${half}`);
    expect(await harness.other.sweepUploads(-5000)).toBe(1);
    expect(await listUploads()).toEqual([]);
    expect(await listNames('marks/')).toEqual([]);
    expect((await harness.other.readAll(kept)).equals(content)).toBe(true);
  });

  it('shows content without an address in an inventory, and removes it unless it has one or lately came', async () => {
    const stray = async (): Promise<string[]> => {
      const pages = await takeInventory(harness.other);
      return pages.flatMap(({ strays }) => strays.map(({ uploadId }) => uploadId));
    };
    await harness.store.sweepUploads(-5000);
    expect(await stray()).toEqual([]);
    const [addressed, lost] = [randomBytes(6 * MIB), randomBytes(6 * MIB)];
    const before = await listNames('content/');
    const sha256 = await keep(harness.store, addressed);
    const [kept] = (await listNames('content/')).filter((name) => !before.includes(name));
    await client.removeObject('packhouse-test', `sha256/${await keep(harness.store, lost)}`);
    const [uploadId, ...others] = await stray();
    expect(others).toEqual([]);
    // Its mark is there: the sweep of uploads finds it.
    expect(await harness.other.removeStray(uploadId!)).toBe(false);
    await client.removeObject('packhouse-test', `marks/${uploadId!}`);
    expect(await harness.other.removeStray(uploadId!)).toBe(true);
    expect(await harness.other.removeStray(uploadId!)).toBe(false);
    await client.removeObject('packhouse-test', kept!.replace('content/', 'marks/'));
    expect(await harness.other.removeStray(kept!.slice('content/'.length))).toBe(false);
    expect((await harness.other.readAll(sha256)).equals(addressed)).toBe(true);
    expect(await stray()).toEqual([]);
    await client.removeObject('packhouse-test', kept!);
    expect(await harness.other.inspect(sha256)).toMatchObject({ sha256, size: null });
    await harness.store.remove(sha256);
    await expect(harness.store.removeStray('../sha256/x')).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('goes through the pages of the server in an inventory', async () => {
    const names = Array.from({ length: 520 }, (_, index) => sha256Hex(`page ${index}`)).sort();
    const put = (name: string) => client.putObject('packhouse-test', `sha256/${name}`, 'x');
    for (let at = 0; at < names.length; at += 40) await Promise.all(names.slice(at, at + 40).map(put));
    const pages = await takeInventory(harness.store);
    const shown = pages.flatMap(({ blobs }) => blobs.map((blob) => blob.sha256));
    expect(shown.filter((sha256) => names.includes(sha256))).toEqual(names);
    expect(Math.max(...pages.map(({ blobs }) => blobs.length))).toBeLessThanOrEqual(500);
    await client.removeObjects(
      'packhouse-test',
      names.map((name) => `sha256/${name}`),
    );
  });

  it('lets one of two writers end an upload, and never stores a mixture of theirs', async () => {
    for (const isFirst of [true, false]) {
      const beginning = randomBytes(22 * MIB);
      const first = await harness.store.resumeUpload({ state: null, interrupted: false, ...terms });
      await first.write(beginning);
      const { state } = await first.pause();
      const cutOff = await harness.other.resumeUpload({ state, interrupted: false, ...terms });
      const successor = await harness.store.resumeUpload({ state, interrupted: true, ...terms });
      const ends: StagedBlob[] = [];
      const contents = [randomBytes(20 * MIB), randomBytes(20 * MIB)];
      const writers = isFirst ? [cutOff, successor] : [successor, cutOff];
      // Both send the part after those of the state; whose part stands is the server's to say.
      for (const [index, writer] of writers.entries()) await writer.write(contents[index]!);
      for (const writer of writers) {
        await writer.finish().then(
          (staged) => ends.push(staged),
          (error: unknown) => expect(error).toMatchObject({ code: 'not_found' }),
        );
      }
      expect(ends).toHaveLength(1);
      await harness.store.promote(ends[0]!);
      const { sha256 } = ends[0]!.digests;
      expect(contents.map((end) => sha256Hex(Buffer.concat([beginning, end])))).toContain(sha256);
      expect(sha256Hex(await read(harness.other, sha256))).toBe(sha256);
    }
  });

  it('signs URLs for a time, at the host that clients know', async () => {
    const reached = server.endpoint.replace('127.0.0.1', 'localhost');
    const store = new S3BlobStore(settings({ s3PublicEndpoint: reached }), { logger: silentLogger });
    await store.prepare();
    const signed: string[] = [];
    for (const size of [1000, 6 * MIB]) {
      const content = randomBytes(size);
      const sha256 = await keep(harness.store, content);
      const url = await store.presign(sha256, { method: 'GET', seconds: 3, contentType: 'text/x-test' });
      expect(url.startsWith(`${reached}/`)).toBe(true);
      const answer = await fetch(url);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/x-test']);
      expect(answer.headers.get('content-disposition')).toBe('attachment');
      expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
      signed.push(url);
    }
    await sleep(4500);
    for (const url of signed) expect((await fetch(url)).status).toBe(403);
    const nothing = store.presign(sha256Hex('never stored'), {
      method: 'GET',
      seconds: 60,
      contentType: 'a/b',
    });
    await expect(nothing).rejects.toMatchObject({ code: 'not_found' });
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

  it('ends a read in whose middle the server hangs when its reader is gone, and says that one broke', async () => {
    const troubled = await startTroubledProxy(server.endpoint);
    try {
      const store = new S3BlobStore(settings({ s3Endpoint: troubled.endpoint }), { logger: silentLogger });
      await store.prepare();
      const sha256 = await keep(store, randomBytes(6 * MIB));
      for (const range of [undefined, { start: 1, end: 5 * MIB }]) {
        troubled.middle = 'hangs';
        troubled.ended = 0;
        const reader = new AbortController();
        const gone = new Error('The client is gone');
        const reading = store.copyTo(
          sha256,
          range,
          () => {
            setImmediate(() => reader.abort(gone));
            return Promise.resolve();
          },
          reader.signal,
        );
        await expect(reading).rejects.toBe(gone);
        await waitUntil('the connection is free', () => troubled.ended === 1, { seconds: 10, everyMs: 10 });
        troubled.middle = 'breaks';
        await expect(store.copyTo(sha256, range, () => Promise.resolve())).rejects.toMatchObject({
          code: 'storage_unavailable',
        });
      }
    } finally {
      await troubled.close();
    }
  });
});

/**
 * Answers 503 or cuts the connection, in turns, as often as told; then it passes requests on unchanged, or stops in the middle
 * of what is read.
 */
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
        if (state.middle === 'passes') return void answer.pipe(response);
        response.on('close', () => (state.ended += 1));
        answer.once('data', (piece: Buffer) => {
          answer.destroy();
          response.write(piece, () => state.middle === 'breaks' && response.destroy());
        });
      },
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const state = {
    failures: 0,
    middle: 'passes' as 'passes' | 'hangs' | 'breaks',
    /** Answers that were stopped, and whose connections are closed. */
    ended: 0,
    endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close: async (): Promise<void> => {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
  return state;
}
