/** How fast content that nothing uses goes away, and what those notice who push meanwhile. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startOnOwnPostgres } from './own-postgres.mjs';
import { milliseconds, whole } from './report.mjs';

const load = createRequire(join(import.meta.dirname, '../package.json'));
const PUSHERS = 4;
const SIZE = 1000;
const BATCH = 5000;
/** Objects that are put at a time. */
const HANDS = 16;

/** Blobs in the data folder of the product. */
const onDisk = {
  where: 'disk',
  start: async () => ({ env: {}, stop: () => undefined }),
  put({ platform }, address, bytes) {
    const folder = join(platform.dataFolder, 'blobs', 'sha256', address.slice(0, 2));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, address), bytes);
  },
};

/** Blobs in a bucket of a server that the run starts. */
const onS3 = {
  where: 'S3',
  async start(testing) {
    const { endpoint, accessKey, secretKey, stop } = await testing.startCephRgw();
    const { Client } = load('minio');
    const { hostname, port } = new URL(endpoint);
    const address = { endPoint: hostname, port: Number(port), useSSL: false, region: 'us-east-1' };
    const keys = { PACKHOUSE_S3_ACCESS_KEY: accessKey, PACKHOUSE_S3_SECRET_KEY: secretKey };
    return {
      env: { PACKHOUSE_S3_ENDPOINT: endpoint, ...keys },
      client: new Client({ ...address, accessKey, secretKey }),
      stop,
    };
  },
  put: ({ server }, address, bytes) => server.client.putObject('packhouse', `sha256/${address}`, bytes),
};

/** Content as uploads leave it that nobody used for a day: a row each, and its bytes at their address. */
async function leaveUnused(query, put, count) {
  for (let made = 0; made < count; made += BATCH) {
    const addresses = [];
    const length = Math.min(BATCH, count - made);
    const work = async () => {
      while (addresses.length < length) {
        const bytes = randomBytes(SIZE);
        const address = createHash('sha256').update(bytes).digest('hex');
        addresses.push(address);
        await put(address, bytes);
      }
    };
    await Promise.all(Array.from({ length: HANDS }, work));
    await query(
      `INSERT INTO blobs.blob (sha256, size, unlinked_at) SELECT unnest($1::text[]), ${SIZE}, now() - interval '1 day'`,
      [addresses],
    );
  }
}

/** Uploads blobs one after another until told to stop; gives the milliseconds of each. */
async function keepPushing(testing, http, state) {
  const times = [];
  while (!state.done) {
    const started = performance.now();
    const answer = await testing.sendBlob(http, 'alice/busy', randomBytes(SIZE));
    if (answer.status !== 201)
      throw new Error(`A push was answered with HTTP ${answer.status}: ${answer.text}`);
    times.push(performance.now() - started);
  }
  return times;
}

export async function measureCollection(context) {
  return [
    ...(await measureOn(onDisk, context, context.quick ? 10_000 : 100_000)),
    ...(await measureOn(onS3, context, context.quick ? 2_000 : 20_000)),
  ];
}

async function measureOn(store, { testing, quick, say }, count) {
  const server = await store.start(testing);
  const { platform, query, stop } = await startOnOwnPostgres(testing, server.env);
  try {
    await platform.api.createUser('alice', 'a-long-enough-password');
    const account = testing.PlatformApi.withPassword(platform.url, 'alice', 'a-long-enough-password');
    const { token } = await account.createToken();
    const http = new testing.OciHttp(platform.url, { login: 'alice', secret: token });
    const state = { done: false };
    say(`${store.where}: pushes alone, to compare`);
    const alone = pushTimes(testing, http, state);
    await wait(quick ? 2000 : 5000);
    state.done = true;
    const before = p95Of(await alone);
    say(`leaving ${count} blobs unused`);
    await leaveUnused(query, (address, bytes) => store.put({ platform, server }, address, bytes), count);
    say('collecting, while others push');
    state.done = false;
    const pushing = pushTimes(testing, http, state);
    const started = performance.now();
    await platform.api.call('POST', '/operations/blob-collections', { dryRun: false });
    await untilCollected(query, count);
    const minutes = (performance.now() - started) / 60_000;
    state.done = true;
    const times = await pushing;
    return [
      {
        what: `${store.where}: blobs removed in a minute, of ${whole(count)}`,
        ours: whole(count / minutes),
        goal: 'at least 10,000',
      },
      {
        what: `${store.where}: upload of a small blob meanwhile, ${PUSHERS} at a time, p95 of ${whole(times.length)}`,
        ours: milliseconds(p95Of(times)),
      },
      { what: `${store.where}: the same without a collection, p95`, ours: milliseconds(before) },
    ];
  } finally {
    await stop();
    await server.stop();
  }
}

async function pushTimes(testing, http, state) {
  const all = await Promise.all(Array.from({ length: PUSHERS }, () => keepPushing(testing, http, state)));
  return all.flat();
}

async function untilCollected(query, count) {
  for (;;) {
    const { rows } = await query(
      'SELECT blobs, failed FROM blobs.collection WHERE finished_at IS NOT NULL ORDER BY started_at DESC LIMIT 1',
    );
    const [last] = rows;
    if (last && Number(last.blobs) >= count) return;
    if (last && Number(last.failed) > 0) throw new Error(`${last.failed} blobs could not be removed`);
    await wait(50);
  }
}

function p95Of(times) {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.95)] ?? NaN;
}
