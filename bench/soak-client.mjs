/**
 * One kind of client of the soak, in a process of its own so that none waits for another: `pulls` and `pushes` as fast as
 * they are answered, `probe` a request every few milliseconds whatever became of those before. Started by container-soak.mjs.
 */
import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const testing = createRequire(import.meta.url)(join(root, 'libs/testing/dist/index.js'));

const PROBE_EVERY_MS = 10;
const { role, url, account, names, concurrency, seconds } = JSON.parse(process.argv[2]);
const agent = new Agent({ keepAlive: true });
const until = Date.now() + seconds * 1000;
const seen = { done: 0, serverErrors: 0, faults: {}, times: {} };

/** Answers of 500 and above are counted where they arrive, also those that a later try made good. */
class CountingHttp extends testing.OciHttp {
  async send(method, path, options = {}) {
    const answer = await super.send(method, path, options);
    // with `authorization` it is one request, without it what these came to
    if (options.authorization !== undefined && answer.status >= 500) seen.serverErrors += 1;
    return answer;
  }
}

const shared = [];
const open = () => new CountingHttp(url, account, agent);

function note(error) {
  const text = String(error.message ?? error)
    .replace(/sha256:[0-9a-f]+/g, 'sha256:…')
    .slice(0, 200);
  seen.faults[text] = (seen.faults[text] ?? 0) + 1;
}

/** Runs `work` again and again, so many at a time. */
async function loop(work) {
  const run = async (_, index) => {
    for (let count = 0; Date.now() < until; count += 1) {
      await work(index, count).then(() => (seen.done += 1), note);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, run));
}

/** As a client that starts anew: challenge, token, manifest, every blob; all digests are checked. */
const pullOne = (index, count) => testing.pullImage(open(), names[(index + count) % names.length], 'latest');

/** An image that differs from the one before in a layer, as those of builds do; sent in each of the styles in turn. */
async function pushOne(index, count) {
  const http = open();
  const name = names[index % names.length];
  const own = await testing.buildLayer({ own: randomBytes(50_000) });
  const style = testing.uploadStyles[count % testing.uploadStyles.length];
  const image = testing.buildImage({ layers: [...shared, own] });
  for (const { digest, bytes } of image.blobs) {
    if ((await http.send('HEAD', `/v2/${name}/blobs/${digest}`)).status === 200) continue;
    const sent = await testing.sendBlob(http, name, bytes, style);
    if (sent.status !== 201) throw new Error(`A blob: HTTP ${sent.status} ${sent.text}`);
  }
  const answer = await testing.sendManifest(http, name, image.manifest, `t${index}-${count % 50}`);
  if (answer.status !== 201) throw new Error(`A manifest: HTTP ${answer.status} ${answer.text}`);
}

async function keepPushing() {
  for (let index = 0; index < 4; index += 1)
    shared.push(await testing.buildLayer({ [`shared-${index}`]: randomBytes(200_000) }));
  await loop(pushOne);
}

/** What clients ask most, in turn; a request that is late does not keep the next one. */
async function probe() {
  const http = open();
  const paths = await findPaths(http);
  for (const { what } of paths) seen.times[what] = [];
  const pending = new Set();
  let turn = 0;
  const timer = setInterval(() => {
    const { what, method, path } = paths[(turn += 1) % paths.length];
    const started = performance.now();
    const asked = http
      .send(method, path, { headers: { accept: '*/*' } })
      .then((answer) => {
        if (answer.status !== 200) throw new Error(`${method} ${path}: HTTP ${answer.status}`);
        seen.times[what].push(performance.now() - started);
        seen.done += 1;
      })
      .catch(note)
      .finally(() => pending.delete(asked));
    pending.add(asked);
  }, PROBE_EVERY_MS);
  await new Promise((resolve) => setTimeout(resolve, until - Date.now()));
  clearInterval(timer);
  await Promise.all(pending);
}

async function findPaths(http) {
  const lists = names.map(async ({ name, what }) => {
    const manifest = `/v2/${name}/manifests/latest`;
    const answer = await http.send('GET', manifest, { headers: { accept: '*/*' } });
    const [layer] = answer.json().layers;
    return [
      { what, method: 'HEAD', path: manifest },
      { what, method: 'GET', path: manifest },
      { what, method: 'GET', path: `/v2/${name}/manifests/${testing.digestOf(answer.body)}` },
      { what, method: 'HEAD', path: `/v2/${name}/blobs/${layer.digest}` },
    ];
  });
  return (await Promise.all(lists)).flat();
}

await { pulls: () => loop(pullOne), pushes: keepPushing, probe }[role]();
process.send(seen, () => process.exit(0));
