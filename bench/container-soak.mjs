/**
 * The registry of images for minutes on end: one layer of 10 GB there and back, then many pulls and pushes at once while one
 * upload and one download take longer than the five minutes at which servers like to give up. What the section
 * "container-soak" of docs/performance.md shows.
 */
import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeImage, startOurs } from './container-registries.mjs';
import { watchMemory } from './memory.mjs';
import { milliseconds, renderPlainTable, whole } from './report.mjs';

const PULLS = 50;
const PUSHES = 10;
const BLOCK = 1 << 20;
const SLOW_BYTES = 64 * BLOCK;
const octets = { 'content-type': 'application/octet-stream' };

export async function benchContainerSoak(testing, { quick, say }) {
  const ours = await startOurs(testing);
  const context = { testing, ours, quick, say, seconds: quick ? 30 : 300 };
  try {
    const large = await measureLargest(context);
    // a fresh process: what the large layer left in memory is not to hide what the soak adds
    await ours.restart();
    const soak = await measureSoak(context);
    const left = countUploads(ours);
    if (left > 0) throw new Error(`${left} uploads were left behind`);
    const [heaviest, many] = [quick ? '512 MB' : '10 GB', `${context.seconds} s`];
    return [
      renderPlainTable(`A layer of ${heaviest}`, large),
      renderPlainTable(`${PULLS} pulls and ${PUSHES} pushes at once, ${many}`, soak),
    ].join('\n');
  } finally {
    await ours.stop();
    testing.removeTemporaryFolders();
  }
}

/** Files of uploads that are neither finished nor ended. */
const countUploads = ({ dataFolder }) => readdirSync(join(dataFolder, 'blobs', 'uploads')).length;

/** Bytes that nothing has to keep: no block is like another, so that one in the wrong place changes the digest. */
function makeLayer(bytes) {
  const block = randomBytes(BLOCK);
  function* blocks() {
    for (let at = 0; at < bytes; at += BLOCK) {
      const copy = Buffer.from(block.subarray(0, Math.min(BLOCK, bytes - at)));
      copy.writeUIntLE(at, 0, 6);
      yield copy;
    }
  }
  const hash = createHash('sha256');
  for (const part of blocks()) hash.update(part);
  return { bytes, blocks, digest: `sha256:${hash.digest('hex')}` };
}

/** One PATCH with everything and the closing PUT; `pace` is waited for before each block. */
async function push({ testing, ours: { http } }, name, layer, pace = () => undefined) {
  async function* body() {
    let sent = 0;
    for (const block of layer.blocks()) {
      await pace(sent / layer.bytes);
      yield block;
      sent += block.length;
    }
  }
  await http.prepare(name);
  const location = await testing.openUpload(http, name);
  const headers = { ...octets, 'content-length': layer.bytes };
  const patched = await http.send('PATCH', location, { headers, body: body() });
  if (patched.status !== 202) throw new Error(`PATCH: HTTP ${patched.status} ${patched.text}`);
  const closed = await http.send(
    'PUT',
    testing.withDigest(testing.pathOf(patched.headers.location), layer.digest),
  );
  if (closed.status !== 201) throw new Error(`PUT: HTTP ${closed.status} ${closed.text}`);
}

/** Reads it without keeping it, and checks the digest. */
async function pull({ ours }, name, layer, pace = () => undefined) {
  const headers = await ours.headersFor(name);
  const answer = await new Promise((resolve, reject) => {
    const asked = request(`${ours.url}/v2/${name}/blobs/${layer.digest}`, { headers, agent: false }, resolve);
    asked.on('error', reject).end();
  });
  if (answer.statusCode !== 200) throw new Error(`GET: HTTP ${answer.statusCode}`);
  const hash = createHash('sha256');
  let received = 0;
  for await (const chunk of answer) {
    hash.update(chunk);
    received += chunk.length;
    await pace(received / layer.bytes);
  }
  if (`sha256:${hash.digest('hex')}` !== layer.digest) throw new Error('The layer came back as other bytes');
}

async function measureLargest(context) {
  const { testing, ours, quick, say } = context;
  const layer = makeLayer(quick ? 512_000_000 : 10_000_000_000);
  const rows = [];
  for (const [what, work] of [
    ['Push: one PATCH, digest verified', push],
    ['Pull, one connection, digest verified', pull],
  ]) {
    say(`a layer of ${whole(layer.bytes / 1e6)} MB: ${what}`);
    const started = performance.now();
    const { before, peak } = await watchMemory(testing, ours.pid, () =>
      work(context, 'alice/largest', layer),
    );
    const seconds = (performance.now() - started) / 1000;
    rows.push(
      { what, ours: `${whole(layer.bytes / seconds / 1e6)} MB/s, ${whole(seconds)} s` },
      { what: 'Growth of memory meanwhile', ours: megabytes(peak - before), goal: 'at most 64 MB' },
    );
  }
  return rows;
}

const megabytes = (bytes) => `${whole(bytes / 1e6)} MB`;

/** Starts one kind of client; gives what it saw. */
function startClients({ ours: { url, account }, seconds }, role, options) {
  const file = join(import.meta.dirname, 'soak-client.mjs');
  const child = fork(file, [JSON.stringify({ role, url, account, seconds, ...options })]);
  // Who makes the load would be on other machines: here it gets what the server and the prober leave.
  if (role !== 'probe') setPriority(child.pid, constants.priority.PRIORITY_LOW);
  return new Promise((resolve, reject) => {
    child.once('message', resolve).once('error', reject);
    child.once('exit', (code) => reject(new Error(`The ${role} ended with ${code}`)));
  });
}

async function measureSoak(context) {
  const { testing, ours, say, seconds } = context;
  const pulled = Array.from({ length: 5 }, (_, index) => `alice/pulled-${index}`);
  const pushed = Array.from({ length: PUSHES }, (_, index) => `alice/pushed-${index}`);
  for (const name of [...pulled, pushed[0]])
    await testing.pushImage(ours.http, name, await makeImage(testing, 8, 200_000), 'latest');
  const probed = [
    { name: pulled[0], what: 'an image that is pulled' },
    { name: pushed[0], what: 'an image that is pushed to' },
  ];
  say(`${PULLS} pulls and ${PUSHES} pushes at once for ${seconds} s`);
  const before = testing.measureMemory(ours.pid);
  const [seen, memory] = await Promise.all([
    Promise.all([
      startClients(context, 'pulls', { names: pulled, concurrency: PULLS }),
      startClients(context, 'pushes', { names: pushed, concurrency: PUSHES }),
      startClients(context, 'probe', { names: probed }),
    ]),
    followMemory(context),
    transferSlowly(context),
  ]);
  const [pulls, pushes, probe] = seen;
  const faults = seen.flatMap((each) => Object.entries(each.faults));
  for (const [fault, count] of faults) say(`${count} x ${fault}`);
  const refused = faults.reduce((sum, [, count]) => sum + count, 0);
  return [
    { what: 'Pulls, each with a token of its own and all digests checked', ours: whole(pulls.done) },
    { what: 'Pushes, each with one new layer of 50 KB', ours: whole(pushes.done) },
    {
      what: 'Answers of 500 and above',
      ours: whole(seen.reduce((sum, each) => sum + each.serverErrors, 0)),
      goal: '0',
    },
    { what: 'Pulls, pushes and probes that failed in any way', ours: whole(refused), goal: '0' },
    ...Object.entries(probe.times).map(([what, times]) => latencyRow(what, times)),
    ...memoryRows(before, memory),
    {
      what: `An upload and a download that take ${slowSeconds(context)} s meanwhile`,
      ours: 'whole',
      goal: 'whole',
    },
  ];
}

function latencyRow(what, times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part) => milliseconds(sorted[Math.floor(sorted.length * part)] ?? NaN);
  return {
    what: `HEAD and GET of manifests, HEAD of blobs of ${what}: p50 / p99 of ${whole(times.length)}`,
    ours: `${at(0.5)} / ${at(0.99)}`,
    goal: 'p99 under 50 ms',
  };
}

/** Memory in each minute of the soak: it rises and falls with the collection of garbage, so one moment would be chance. */
async function followMemory({ testing, ours, say, seconds }) {
  const seen = [];
  const minute = Math.min(60, seconds / 3);
  const samples = 12;
  for (let until = minute; until <= seconds; until += minute) {
    const figures = [];
    while (figures.length < samples) {
      await wait((minute * 1000) / samples);
      figures.push(testing.measureMemory(ours.pid));
    }
    const mean = figures.reduce((sum, figure) => sum + figure, 0) / samples;
    seen.push({ mean, most: Math.max(...figures) });
    say(`memory until ${until} s: ${megabytes(mean)} in the mean, ${megabytes(seen.at(-1).most)} at most`);
  }
  return seen;
}

/** The first minute is that of a process that has just started: its code is being compiled and its caches are empty. */
function memoryRows(before, seen) {
  const [first, second, last] = [seen[0], seen[1], seen.at(-1)];
  const rowOf = ({ mean, most }) => `${megabytes(mean)} / ${megabytes(most)}`;
  return [
    { what: 'Memory of all processes before', ours: megabytes(before) },
    { what: 'The same in the first minute: mean / most', ours: rowOf(first) },
    { what: 'The same in the second minute', ours: rowOf(second) },
    {
      what: 'The same in the last minute',
      ours: `${rowOf(last)} (${(last.mean / second.mean).toFixed(2)} x of the second)`,
      goal: 'mean at most 1.1 x of the second',
    },
  ];
}

/** Longer than five minutes, where many servers give up. */
const slowSeconds = ({ quick, seconds }) => (quick ? seconds : 320);

async function transferSlowly(context) {
  const seconds = slowSeconds(context);
  const [sent, received] = [makeLayer(SLOW_BYTES), makeLayer(SLOW_BYTES)];
  await push(context, 'alice/slow-pull', received);
  const started = Date.now();
  const pace = (part) => wait(started + part * seconds * 1000 - Date.now());
  await Promise.all([
    push(context, 'alice/slow-push', sent, pace),
    pull(context, 'alice/slow-pull', received, pace),
  ]);
  await pull(context, 'alice/slow-push', sent);
}
