/** Documents and tarballs at 64 connections: ours, Verdaccio's, and nginx with the same bytes from disk. */
import { randomBytes } from 'node:crypto';
import { watchMemory } from './memory.mjs';
import { buildSmall, publish } from './registries.mjs';
import { rateRow, times } from './report.mjs';
import { probe, runWrk } from './wrk.mjs';

const forms = [
  { label: 'full', accept: 'application/json' },
  { label: 'abbreviated', accept: 'application/vnd.npm.install-v1+json' },
];

/** Runs the same load on each in turn, watching the memory of the two registries meanwhile. */
async function compare(context, urls, headers, { conditional }) {
  const { testing, seconds, ours, verdaccio } = context;
  const result = { peak: { ours: 0, verdaccio: 0 } };
  for (const [who, url] of Object.entries(urls)) {
    if (!url) continue;
    const seen = await probe(url, headers);
    if (seen.status !== 200) throw new Error(`${who} answered HTTP ${seen.status} to ${url}`);
    const all = conditional ? { ...headers, 'If-None-Match': seen.etag } : headers;
    const pid = { ours: ours.pid, theirs: verdaccio.pid }[who];
    const load = () => runWrk(url, all, { seconds });
    const watched = pid ? await watchMemory(testing, pid, load) : { result: await load(), peak: 0 };
    result[who] = watched.result.perSecond;
    result[`${who}Bytes`] = seen.bytes;
    if (who === 'ours') result.peak.ours = watched.peak;
    if (who === 'theirs') result.peak.verdaccio = watched.peak;
  }
  return result;
}

const documentUrl = (testing, target, name) => `${target.registry}/${testing.escapeName(name)}`;

async function fetchBytes(url, accept) {
  return Buffer.from(
    await (await fetch(url, { headers: { accept, 'accept-encoding': 'identity' } })).arrayBuffer(),
  );
}

export async function measureDocuments(context) {
  const { testing, ours, verdaccio, nginx, many, say } = context;
  const subjects = [
    { versions: 1, name: '@alice/one', both: true, goal: 'at least 5 x' },
    { versions: 200, name: '@alice/two-hundred', both: true, goal: 'at least 50 x' },
    { versions: many, name: '@alice/many', both: false, goal: '-' },
  ];
  for (const target of [ours, verdaccio])
    await publish(testing, target, await buildSmall(testing, '@alice/one', '1.0.0'));
  const rows = [];
  const peak = { ours: 0, verdaccio: 0 };
  const costs = new Map();
  for (const subject of subjects) {
    for (const { label, accept } of forms) {
      const url = documentUrl(testing, ours, subject.name);
      const copy = nginx.serve(`${label}-${subject.versions}.json`, await fetchBytes(url, accept));
      const urls = {
        ours: url,
        theirs: subject.both ? documentUrl(testing, verdaccio, subject.name) : null,
        limit: copy,
      };
      for (const kind of listKinds()) {
        const what = `Packument, ${subject.versions} version${subject.versions === 1 ? '' : 's'}, ${label}, ${kind.label}`;
        say(what);
        const seen = await compare(context, urls, { Accept: accept, ...kind.headers }, kind);
        rows.push(
          rateRow(what, { ours: seen.ours, theirs: seen.theirs ?? null, limit: seen.limit }, subject.goal),
        );
        peak.ours = Math.max(peak.ours, seen.peak.ours);
        peak.verdaccio = Math.max(peak.verdaccio, seen.peak.verdaccio);
        if (!kind.conditional)
          costs.set(`${subject.versions} ${label} ${kind.label}`, 1 / seen.ours / seen.oursBytes);
      }
    }
  }
  for (const { label } of forms) {
    for (const { label: kind, conditional } of listKinds()) {
      if (!conditional) rows.push(costRow(costs, many, label, kind));
    }
  }
  return { rows, peak };
}

function listKinds() {
  return [
    { label: 'gzip', headers: { 'Accept-Encoding': 'gzip' }, conditional: false },
    { label: 'identity', headers: { 'Accept-Encoding': 'identity' }, conditional: false },
    { label: '304', headers: { 'Accept-Encoding': 'gzip' }, conditional: true },
  ];
}

function costRow(costs, many, label, kind) {
  const ratio = costs.get(`${many} ${label} ${kind}`) / costs.get(`200 ${label} ${kind}`);
  const what = `Cost per byte, ${many} against 200 versions, ${label}, ${kind}`;
  return { what, ours: times(ratio), goal: 'at most 1.5 x' };
}

export async function measureTarball(context) {
  const { testing, ours, verdaccio, nginx, say } = context;
  say('Tarball of 100 KB');
  const name = '@alice/tarball';
  const built = await testing.buildPackage({
    name,
    version: '1.0.0',
    files: { 'data.bin': randomBytes(100_000) },
  });
  for (const target of [ours, verdaccio]) await publish(testing, target, built);
  const urls = {
    ours: `${ours.registry}/${name}/-/tarball-1.0.0.tgz`,
    theirs: `${verdaccio.registry}/${name}/-/tarball-1.0.0.tgz`,
    limit: nginx.serve('tarball.tgz', built.tarball, false),
  };
  const seen = await compare(context, urls, {}, { conditional: false });
  return { rows: [rateRow('Tarball, 100 KB', seen, 'at least 4 x')], peak: seen.peak };
}
