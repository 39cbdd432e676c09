/** How fast content that nothing uses goes away, and what those notice who push meanwhile. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startOnOwnPostgres } from './own-postgres.mjs';
import { milliseconds, whole } from './report.mjs';

const PUSHERS = 4;
const SIZE = 1000;
const BATCH = 5000;

/** Content as uploads leave it that nobody used for a day: a row each, and its bytes at their address. */
async function leaveUnused(query, folder, count) {
  for (let made = 0; made < count; made += BATCH) {
    const addresses = Array.from({ length: Math.min(BATCH, count - made) }, () => {
      const bytes = randomBytes(SIZE);
      const address = createHash('sha256').update(bytes).digest('hex');
      mkdirSync(join(folder, address.slice(0, 2)), { recursive: true });
      writeFileSync(join(folder, address.slice(0, 2), address), bytes);
      return address;
    });
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

export async function measureCollection({ testing, quick, say }) {
  const count = quick ? 10_000 : 100_000;
  const { platform, query, stop } = await startOnOwnPostgres(testing);
  try {
    await platform.api.createUser('alice', 'a-long-enough-password');
    const account = testing.PlatformApi.withPassword(platform.url, 'alice', 'a-long-enough-password');
    const { token } = await account.createToken();
    const http = new testing.OciHttp(platform.url, { login: 'alice', secret: token });
    const state = { done: false };
    say('pushes alone, to compare');
    const alone = pushTimes(testing, http, state);
    await wait(quick ? 2000 : 5000);
    state.done = true;
    const before = p95Of(await alone);
    say(`leaving ${count} blobs unused`);
    await leaveUnused(query, join(platform.dataFolder, 'blobs', 'sha256'), count);
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
        what: `Blobs removed in a minute, of ${whole(count)}`,
        ours: whole(count / minutes),
        goal: 'at least 10,000',
      },
      {
        what: `Upload of a small blob meanwhile, ${PUSHERS} at a time, p95 of ${whole(times.length)}`,
        ours: milliseconds(p95Of(times)),
      },
      { what: 'The same without a collection, p95', ours: milliseconds(before) },
    ];
  } finally {
    await stop();
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
