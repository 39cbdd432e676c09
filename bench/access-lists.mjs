/** What lists cost at scale: the whole product over HTTP, 16 connections, a large world in its database. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fillWorld, giveTokens, largeWorld, readersOf, setBaseRole, smallWorld } from './access-world.mjs';
import { startOnOwnPostgres } from './own-postgres.mjs';
import { runWrk } from './wrk.mjs';

const load = createRequire(join(import.meta.dirname, '../package.json'));
const connections = 16;
const goalMs = 50;

/** Starts the product on a database of its own, fills it, and measures every list for every reader. */
export async function measureLists(testing, { quick, say, only = null, firstOnly = false }) {
  const world = quick ? smallWorld : largeWorld;
  const instance = await startInstance(testing, world, { quick, say, firstOnly });
  try {
    const measured = [];
    say('warming up');
    await measureReader(instance, instance.readers[0], { quick, firstOnly });
    let baseRole = 'read';
    for (const reader of instance.readers.filter(({ who }) => !only || who.includes(only))) {
      say(`measuring as: ${reader.who}`);
      if ((reader.baseRole ?? 'read') !== baseRole) {
        baseRole = reader.baseRole ?? 'read';
        await instance.setBaseRole(baseRole);
      }
      const rows = await measureReader(instance, reader, { quick, firstOnly });
      for (const { what, p50, p95 } of rows) say(`${what}: p50 ${ms(p50)}, p95 ${ms(p95)}`);
      measured.push(...rows);
    }
    return { world, measured };
  } finally {
    await instance.stop();
  }
}

async function startInstance(testing, world, { quick, say, firstOnly }) {
  const { newTokenText, hashToken } = load('@packhouse/kernel');
  const { workflowAccount } = load('@packhouse/contracts');
  const { platform, query, stop } = await startOnOwnPostgres(testing, { PACKHOUSE_RATE_LIMITS: 'off' });
  try {
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
        await measureReader({ url: platform.url }, readers[0], { quick, firstOnly });
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The lists of the goal first, then others that are filtered by the same rights. `firstOnly`: only the first of them. */
async function measureReader({ url }, reader, { quick, firstOnly }) {
  const packages = `${url}/api/v3/orgs/acme/packages?package_type=npm`;
  const hundred = `${packages}&per_page=100`;
  const { pages, ms: first } = await askFirst(hundred, reader);
  const lists = [
    { what: `packages, any of ${pages} pages`, address: hundred, pages, first },
    { what: 'packages, first page', address: hundred },
    ...(pages > 1 ? [{ what: `packages, page ${pages}`, address: `${hundred}&page=${pages}` }] : []),
    { what: 'packages, 30 a page', address: `${packages}&per_page=30` },
    // Scopes say what classic tokens reach; the others are for packages only.
    ...(reader.kind === 'classic' ? otherLists(url) : []),
  ];
  const headers = { authorization: `Bearer ${reader.token}` };
  const rows = [];
  for (const list of firstOnly ? lists.slice(0, 1) : lists) {
    await askOnce(list, headers);
    // Long enough that pages asked for the first time, a hundred of them, are few: p99 shows what they cost.
    const load = { connections, seconds: quick ? 1 : 5, body: list.body, pages: list.pages };
    rows.push({ ...list, who: reader.who, ...(await runWrk(list.address, headers, load)) });
  }
  return rows;
}

function otherLists(url) {
  const search = `${url}/api/packhouse/v1/search/packages?per_page=30`;
  return [
    { what: 'repositories, 100 a page', address: `${url}/api/v3/orgs/acme/repos?per_page=100` },
    { what: 'search of a word with many hits', address: `${search}&q=web-1&owner=acme` },
    { what: 'search everywhere', address: `${search}&q=core-77` },
    { what: 'GraphQL, 100 packages and their number', address: `${url}/api/graphql`, body: graphQuery },
  ];
}

const graphQuery = JSON.stringify({
  query:
    '{ organization(login: "acme") { packages(first: 100) { totalCount nodes { name packageType latestVersion { version } } } } }',
});

/** What nobody has asked before: how long the first answer takes, and how many pages there are. */
async function askFirst(address, { token }) {
  const started = performance.now();
  const answer = await askOnce({ address }, { authorization: `Bearer ${token}` });
  const ms = performance.now() - started;
  return {
    ms,
    pages: Number(/[?&]page=(\d+)[^>]*>; rel="last"/.exec(answer.headers.get('link') ?? '')?.[1] ?? 1),
  };
}

async function askOnce({ address, body }, headers) {
  const answer = await fetch(address, {
    ...(body ? { method: 'POST', body } : {}),
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${address} answered HTTP ${answer.status}: ${text.slice(0, 300)}`);
  return answer;
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
    ...measured.map(({ who, what, first, p50, p95, p99 }) => {
      const goal = what.startsWith('packages') ? `under ${goalMs} ms` : '-';
      return `| ${who} | ${what} | ${first ? ms(first) : ''} | ${ms(p50)} | ${ms(p95)} | ${ms(p99)} | ${goal} |`;
    }),
    '',
  ].join('\n');
}
