/** Manifests, blobs and whole pulls at 16 connections, and pages of a long list of tags. */
import { runHeads } from './heads.mjs';
import { makeImage } from './container-registries.mjs';
import { milliseconds, rateRow } from './report.mjs';
import { probe, runWrk } from './wrk.mjs';

const NAME = 'alice/image';
const LAYERS = 10;
const accept = {
  Accept: 'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json',
};

/** Runs the same load on each in turn; `limit` is the address of the same bytes at nginx. */
async function compare({ ours, theirs, seconds }, paths, { limit = null, heads = false } = {}) {
  const result = { limit: null };
  const options = { connections: 16, seconds, paths };
  for (const [who, target] of Object.entries({ ours, theirs })) {
    const headers = { ...accept, ...(await target.headersFor(NAME)) };
    for (const path of paths) {
      const seen = await probe(`${target.url}${path}`, headers);
      if (seen.status !== 200) throw new Error(`${target.name} answered HTTP ${seen.status} to ${path}`);
    }
    const load = heads
      ? runHeads(target.url, paths[0], headers, options)
      : runWrk(target.url, headers, options);
    result[who] = (await load).perSecond;
  }
  if (limit) result.limit = (await runWrk(limit, {}, { connections: 16, seconds })).perSecond;
  return result;
}

export async function measureReads(context) {
  const { testing, ours, theirs, nginx, say } = context;
  say('pushing images to both');
  const image = await makeImage(testing, LAYERS, 200_000);
  const big = await makeImage(testing, 1, 1_000_000);
  for (const { http } of [ours, theirs]) {
    await testing.pushImage(http, NAME, image, 'latest');
    await testing.pushImage(http, NAME, big, 'big');
  }
  const [, layer] = big.blobs;
  const manifest = `/v2/${NAME}/manifests/${image.manifest.digest}`;
  const blobs = image.blobs.map(({ digest }) => `/v2/${NAME}/blobs/${digest}`);
  const cases = [
    ['Manifest GET by digest', [manifest], { limit: ['manifest', image.manifest.bytes] }, 'at least 3 x'],
    ['Manifest GET by tag', [`/v2/${NAME}/manifests/latest`], {}, 'at least 3 x'],
    ['Blob HEAD', [blobs[1]], { heads: true }, 'at least 3 x'],
    [
      'Blob GET, 1 MB',
      [`/v2/${NAME}/blobs/${layer.digest}`],
      { limit: ['blob', layer.bytes] },
      'at least 1 x',
    ],
    [`Requests of whole pulls, ${LAYERS} layers of 200 KB`, [manifest, ...blobs], {}, 'at least 1 x'],
  ];
  const rows = [];
  for (const [what, paths, { limit, heads }, goal] of cases) {
    say(what);
    const copy = limit ? nginx.serve(...limit, false) : null;
    rows.push(rateRow(what, await compare(context, paths, { limit: copy, heads }), goal));
  }
  return rows;
}

/** Puts one image under many tags, eight at a time; gives the seconds it took. */
async function pushTags(testing, target, name, image, tags) {
  const started = Date.now();
  const waiting = [...tags];
  await testing.pushImage(target.http, name, image, waiting[0]);
  const next = async () => {
    for (let tag = waiting.pop(); tag; tag = waiting.pop()) {
      const answer = await testing.sendManifest(target.http, name, image.manifest, tag);
      if (answer.status !== 201)
        throw new Error(`${target.name} answered HTTP ${answer.status}: ${answer.text}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, next));
  return (Date.now() - started) / 1000;
}

export async function measureTags(context) {
  const { testing, ours, theirs, quick, seconds, say } = context;
  const many = quick ? 1000 : 10_000;
  const name = 'alice/tags';
  const tags = Array.from({ length: many }, (_, index) => `v${String(index).padStart(6, '0')}`);
  const image = await makeImage(testing, 1, 100);
  const taken = {};
  for (const [who, target] of Object.entries({ ours, theirs })) {
    say(`pushing ${many} tags to ${target.name}`);
    taken[who] = await pushTags(testing, target, name, image, tags);
  }
  const starts = Array.from({ length: 50 }, (_, index) => tags[Math.floor((index * many) / 50)]);
  const pages = starts.map((last) => `/v2/${name}/tags/list?n=100&last=${last}`);
  const cases = [
    [`Page of 100 of ${many} tags, p95, one connection`, pages, 1, 'under 20 ms'],
    [`The same at 16 connections`, pages, 16, '-'],
    [`All ${many} tags in one answer, p95, one connection`, [`/v2/${name}/tags/list`], 1, '-'],
  ];
  const rows = [
    {
      what: `Push of ${many} tags of one image, 8 at a time, each`,
      ours: milliseconds((taken.ours * 1000) / many),
      theirs: milliseconds((taken.theirs * 1000) / many),
    },
  ];
  for (const [what, paths, connections, goal] of cases) {
    say(what);
    const p95 = {};
    for (const [who, target] of Object.entries({ ours, theirs })) {
      const headers = await target.headersFor(name);
      p95[who] = (await runWrk(target.url, headers, { connections, seconds, paths })).p95;
    }
    rows.push({ what, ours: milliseconds(p95.ours), theirs: milliseconds(p95.theirs), goal });
  }
  return rows;
}
