/** One large layer, pushed and pulled by curl: throughput beside docker-registry and nginx, and what it takes of memory. */
import { spawn } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream, symlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { watchMemory } from './memory.mjs';
import { percent, times } from './report.mjs';

const NAME = 'alice/large';
const RUNS = 3;

async function makeLayer(testing, bytes) {
  const file = join(testing.makeTemporaryFolder('layer'), 'layer.bin');
  const handle = await open(file, 'w');
  for (let left = bytes; left > 0; left -= 1 << 20)
    await handle.write(randomFillSync(Buffer.alloc(Math.min(left, 1 << 20))));
  await handle.sync();
  await handle.close();
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return { file, digest: `sha256:${hash.digest('hex')}`, bytes };
}

/** Runs curl and gives the seconds from the first byte sent to the last one received. */
function curl(args, headers) {
  const all = ['-sS', '-o', '/dev/null', '-w', '%{http_code} %{time_total}', '-H', 'Expect:', ...args];
  for (const [name, value] of Object.entries(headers)) all.push('-H', `${name}: ${value}`);
  const child = spawn('curl', all, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', () => reject(new Error('curl is not installed: run "apt-get install curl".')));
    child.on('close', () => {
      const [status, seconds] = output.trim().split(' ').map(Number);
      if (status >= 200 && status < 300) resolve(seconds);
      else reject(new Error(`curl: ${output}`));
    });
  });
}

/** One PATCH with everything and the closing PUT, as podman and crane send a layer; the digest is checked by the server. */
async function push(testing, target, layer) {
  const headers = { 'Content-Type': 'application/octet-stream', ...(await target.headersFor(NAME)) };
  const started = Date.now();
  const location = await testing.openUpload(target.http, NAME);
  const patched = [];
  const trace = ['-D', join(testing.makeTemporaryFolder('answer'), 'headers')];
  await curl([...trace, '-X', 'PATCH', '-T', layer.file, `${target.url}${location}`], headers);
  for await (const chunk of createReadStream(trace[1], 'utf8')) patched.push(chunk);
  const next = testing.pathOf(/^location: *(\S+)/im.exec(patched.join(''))?.[1]);
  const closed = await target.http.send('PUT', testing.withDigest(next, layer.digest));
  if (closed.status !== 201) throw new Error(`${target.name} answered HTTP ${closed.status}: ${closed.text}`);
  return (Date.now() - started) / 1000;
}

async function pull(target, layer) {
  const headers = await target.headersFor(NAME);
  return curl([`${target.url}/v2/${NAME}/blobs/${layer.digest}`], headers);
}

const rate = (layer, seconds) => `${Math.round(layer.bytes / seconds / 1e6)} MB/s`;
const best = (values) => Math.min(...values);

export async function measureLarge(context) {
  const { testing, ours, theirs, nginx, quick, say } = context;
  const size = quick ? 100_000_000 : 1_000_000_000;
  say('writing a large layer');
  const seconds = { push: { ours: [], theirs: [] }, pull: { ours: [], theirs: [], limit: [] } };
  let layer;
  let growth = 0;
  for (let run = 0; run < RUNS; run += 1) {
    // other bytes each time: what is there already need not be written
    layer = await makeLayer(testing, size);
    symlinkSync(layer.file, join(nginx.folder, `large-${run}`));
    for (const [who, target] of Object.entries({ ours, theirs })) {
      say(`${target.name}: push and pull, run ${run + 1}`);
      const work = async () => {
        seconds.push[who].push(await push(testing, target, layer));
        seconds.pull[who].push(await pull(target, layer));
      };
      const { before, peak } = await watchMemory(testing, target.pid, work);
      if (who === 'ours') growth = Math.max(growth, peak - before);
    }
    seconds.pull.limit.push(await curl([`${nginx.url}/large-${run}`], {}));
  }
  const [pushed, pulled] = [seconds.push, seconds.pull];
  const rows = [
    {
      what: 'Push: one PATCH, digest verified, fsync on; best of three',
      ours: rate(layer, best(pushed.ours)),
      theirs: rate(layer, best(pushed.theirs)),
      ratio: times(best(pushed.theirs) / best(pushed.ours)),
      goal: 'at least 1 x',
    },
    {
      what: 'Pull, one connection; best of three',
      ours: rate(layer, best(pulled.ours)),
      theirs: rate(layer, best(pulled.theirs)),
      ratio: times(best(pulled.theirs) / best(pulled.ours)),
      goal: 'at least 0.7 x',
      limit: rate(layer, best(pulled.limit)),
      ofLimit: percent(best(pulled.limit) / best(pulled.ours)),
    },
    {
      what: 'Growth of memory meanwhile, the most of three',
      ours: `${Math.round(growth / 1e6)} MB`,
      goal: 'at most 64 MB',
    },
  ];
  return { size: quick ? '100 MB' : '1 GB', rows };
}
