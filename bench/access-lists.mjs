/** What lists cost at scale: the whole product over HTTP, 16 connections, a large world in its database. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fillWorld,
  giveTokens,
  idOf,
  largeWorld,
  readersOf,
  setBaseRole,
  smallWorld,
} from './access-world.mjs';
import { runWrk } from './wrk.mjs';

const load = createRequire(join(import.meta.dirname, '../package.json'));
const connections = 16;
const goalMs = 50;

/** Starts the product on a database of its own, fills it, and measures every list for every reader. */
export async function measureLists(testing, { quick, say, only = null }) {
  const world = quick ? smallWorld : largeWorld;
  const instance = await startInstance(testing, world, say);
  try {
    const measured = [];
    let baseRole = 'read';
    for (const reader of instance.readers.filter(({ who }) => !only || who.includes(only))) {
      say(`measuring as: ${reader.who}`);
      if ((reader.baseRole ?? 'read') !== baseRole) {
        baseRole = reader.baseRole ?? 'read';
        await instance.setBaseRole(baseRole);
      }
      measured.push(...(await measureReader(instance, reader, quick)));
    }
    return { world, measured };
  } finally {
    await instance.stop();
  }
}

async function startInstance(testing, world, say) {
  load('reflect-metadata');
  const { LocalPostgres } = load('@packhouse/database');
  const { newTokenText, hashToken } = load('@packhouse/kernel');
  const { workflowAccount } = load('@packhouse/contracts');
  const { Client } = load('pg');
  const folder = mkdtempSync(join(tmpdir(), 'packhouse-bench-'));
  const stops = [() => rmSync(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    // The same server with the same settings as the product would start for itself, so that it can be filled.
    const postgres = await LocalPostgres.start({ folder });
    stops.push(() => postgres.stop());
    const env = { PACKHOUSE_DATABASE_URL: postgres.connectionUrl(), PACKHOUSE_RATE_LIMITS: 'off' };
    const platform = await testing.startPlatform({ mode: 'embedded', env });
    stops.push(() => platform.stop());
    const client = new Client({ connectionString: postgres.connectionUrl() });
    await client.connect();
    stops.push(() => client.end());
    const query = (text) => client.query(text);
    say('filling the database');
    await fillWorld(query, world);
    const admin = await query(`SELECT id FROM auth.accounts WHERE login = '${platform.adminLogin}'`);
    const accounts = { admin: admin.rows[0].id, workflow: workflowAccount.id };
    const readers = await giveTokens(query, readersOf(world), { newTokenText, hashToken }, accounts);
    return {
      ...{ url: platform.url, pid: platform.pid, readers, stop },
      setBaseRole: async (role) => {
        await setBaseRole(query, role);
        // Written past the product, which is told by a start.
        await platform.stop();
        await platform.restart();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The lists of the goal first, then others that are filtered by the same rights. */
async function measureReader({ url }, reader, quick) {
  const packages = `${url}/api/v3/orgs/acme/packages?package_type=npm`;
  const last = await lastPageOf(`${packages}&per_page=100`, reader);
  const pages = [...new Set([1, Math.ceil(last / 2), last])];
  const lists = [
    ...pages.map((page) => [`packages, page ${page} of ${last}`, `${packages}&per_page=100&page=${page}`]),
    ['packages, 30 a page', `${packages}&per_page=30`],
  ];
  if (reader.kind === 'classic') {
    lists.push(
      ['repositories', `${url}/api/v3/orgs/acme/repos?per_page=100`],
      ['search of a word', `${url}/api/packhouse/v1/search/packages?q=web-1&owner=acme&per_page=30`],
      ['search everywhere', `${url}/api/packhouse/v1/search/packages?q=core-77&per_page=30`],
    );
  }
  const headers = { authorization: `Bearer ${reader.token}` };
  const rows = [];
  for (const [what, address] of lists)
    rows.push({ who: reader.who, what, ...(await load16(address, headers, quick)) });
  if (reader.kind === 'classic')
    rows.push({
      who: reader.who,
      what: 'GraphQL, 100 packages',
      ...(await load16(`${url}/api/graphql`, headers, quick, graphQuery)),
    });
  return rows;
}

const graphQuery = JSON.stringify({
  query:
    '{ organization(login: "acme") { packages(first: 100) { totalCount nodes { name packageType latestVersion { version } } } } }',
});

async function load16(address, headers, quick, body) {
  // Once before: what only the first answer costs is told apart.
  const started = performance.now();
  const first = await fetch(address, {
    ...(body ? { method: 'POST', body } : {}),
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
  });
  const text = await first.text();
  const cold = performance.now() - started;
  if (!first.ok) throw new Error(`${address} answered HTTP ${first.status}: ${text.slice(0, 300)}`);
  const { p50, p95, p99 } = await runWrk(address, headers, { connections, seconds: quick ? 1 : 3, body });
  return { cold, bytes: text.length, p50, p95, p99 };
}

async function lastPageOf(address, { token }) {
  const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`${address} answered HTTP ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
  return Number(/[?&]page=(\d+)[^>]*>; rel="last"/.exec(answer.headers.get('link') ?? '')?.[1] ?? 1);
}

const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

export function renderLists({ world, measured }) {
  const count = (name) => world[name].toLocaleString('en-US');
  return [
    `### Lists over HTTP, ${connections} connections`,
    '',
    `${count('packages')} packages, ${count('users')} users, ${count('teams')} teams, ${count('grants')} grants, ${count('repositories')} repositories; nine tenths in one organization.`,
    '',
    '| Reader | List | first answer | p50 | p95 | p99 | goal of p95 |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
    ...measured.map(({ who, what, cold, p50, p95, p99 }) => {
      const goal = what.startsWith('packages') ? `under ${goalMs} ms` : '-';
      return `| ${who} | ${what} | ${ms(cold)} | ${ms(p50)} | ${ms(p95)} | ${ms(p99)} | ${goal} |`;
    }),
    '',
  ].join('\n');
}

export { idOf };
