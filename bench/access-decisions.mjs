/**
 * What a decision costs in one process: section "access" of docs/performance.md. The service's own classes on a real
 * Postgres, without a bus: CPU of a warm decision, time of a cold one, in a small world and in a large one.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const load = createRequire(join(root, 'package.json'));

/** Users, teams and packages; grants are three of each person's to packages of one organization, and as many more. */
const worlds = {
  small: { packages: 10, users: 10, teams: 2, grants: 20 },
  large: { packages: 100_000, users: 10_000, teams: 1000, grants: 200_000 },
};

export async function benchDecisions(_testing, { quick, say }) {
  load('reflect-metadata');
  const { startScratchPostgres } = load('@packhouse/database');
  const postgres = await startScratchPostgres();
  try {
    const results = {};
    for (const [name, size] of Object.entries(worlds)) {
      say(`making the ${name} world`);
      const world = await openWorld(await postgres.createDatabase(), size);
      say(`measuring the ${name} world`);
      results[name] = await measure(world, quick);
      await world.database.close();
    }
    return render(results);
  } finally {
    await postgres.stop();
  }
}

async function openWorld(url, size) {
  const { openServiceDatabase } = load('@packhouse/database');
  const { silentLogger } = load('@packhouse/observability');
  const { systemClock } = load('@packhouse/kernel');
  const { outboxMigrations } = load('@packhouse/messaging');
  const auth = (path) => load(join(root, 'apps/auth/dist', path));
  const { authSchema } = auth('persistence/auth.schema.js');
  const database = await openServiceDatabase({
    ...{ url, schema: authSchema, extraMigrations: outboxMigrations('auth') },
    ...{ poolSize: 4, logger: silentLogger },
  });
  const listeners = [];
  const invalidations = { maxAgeMs: Infinity, subscribe: (listener) => listeners.push(listener) };
  const { Standings } = auth('facts/standings.js');
  const { FormatStates } = auth('facts/format-states.js');
  const { Questions } = auth('facts/questions.js');
  const { Decide } = auth('use-cases/decide.js');
  const { ReadableFacts } = auth('facts/readable-facts.js');
  const formats = new FormatStates(database, invalidations);
  await fill(database, size);
  return {
    ...{ size, database, readable: new ReadableFacts(database, invalidations) },
    decide: new Decide(new Questions(new Standings(database, invalidations), formats), systemClock),
    /** Drops what is known of the owner, as a change of its members or policies does. */
    forget: ({ subject }) => listeners.forEach((listener) => listener([`account:${subject.ownerId}`])),
    forgetAll: () => listeners.forEach((listener) => listener(['*'])),
  };
}

const idOf = (kind, n) => `0190000${kind}-0000-7000-8000-${String(n).padStart(12, '0')}`;
const sqlId = (kind, n) => `('0190000${kind}-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
const kinds = { user: 1, organization: 2, package: 3, team: 4, repository: 5 };

async function fill(database, { packages, users, teams, grants }) {
  const { user, organization, package: one, team, repository } = kinds;
  const account = `INSERT INTO accounts (id, kind, login, login_key, created_at, updated_at)`;
  const statements = [
    `${account} SELECT ${sqlId(user, 'n')}, 'user', 'u' || n, 'u' || n, now(), now() FROM generate_series(1, ${users}) n`,
    `${account} SELECT ${sqlId(organization, 'n')}, 'organization', 'o' || n, 'o' || n, now(), now() FROM generate_series(1, 10) n`,
    `INSERT INTO memberships SELECT ${sqlId(organization, '1 + n % 10')}, ${sqlId(user, 'n')}, 'member' FROM generate_series(1, ${users}) n`,
    `INSERT INTO teams (id, organization_id, parent_id, name, slug, created_at, updated_at)
     SELECT ${sqlId(team, 'n')}, ${sqlId(organization, '1 + n % 10')}, CASE WHEN (n - 1) / 10 % 4 > 0 THEN ${sqlId(team, 'n - 10')} END, 't' || n, 't' || n, now(), now()
     FROM generate_series(1, ${teams}) n`,
    `INSERT INTO team_members SELECT ${sqlId(team, `1 + (n - 1) % ${teams}`)}, ${sqlId(user, 'n')}, 'member' FROM generate_series(1, ${users}) n ON CONFLICT DO NOTHING`,
    `INSERT INTO repositories (id, owner_id, name, name_key, visibility, created_at)
     SELECT ${sqlId(repository, 'n')}, ${sqlId(organization, '1 + n % 10')}, 'r' || n, 'r' || n, 'private', now() FROM generate_series(1, ${teams}) n`,
    `INSERT INTO grants (package_id, account_id, role, owner_id)
     SELECT ${sqlId(one, `1 + (n * 7) % ${packages}`)}, ${sqlId(user, `1 + n % ${users}`)}, 'read', ${sqlId(organization, `1 + ((n * 7) % ${packages} + 1) % 10`)}
     FROM generate_series(1, ${grants}) n ON CONFLICT DO NOTHING`,
    `INSERT INTO team_grants SELECT ${sqlId(one, `1 + n % ${packages}`)}, ${sqlId(organization, `1 + (n % ${packages} + 1) % 10`)}, ${sqlId(team, `1 + n % ${teams}`)}, 'write'
     FROM generate_series(1, ${teams * 5}) n ON CONFLICT DO NOTHING`,
    'ANALYZE',
  ];
  for (const statement of statements) await database.query(statement);
}

/** Question `n`: some user, some package of the user's organization or of another one. */
function questionOf({ users, packages, teams }, n) {
  const of = 1 + ((n * 13) % packages);
  return {
    action: n % 2 ? 'read' : 'write',
    principal: {
      ...{
        accountId: idOf(kinds.user, 1 + ((n * 31) % users)),
        login: 'somebody',
        siteAdmin: false,
        tokenId: null,
      },
      ...{ scopes: ['write:packages'], limits: null, workflow: null, expiresAt: null, twoFactor: 'off' },
    },
    subject: {
      ...{
        ownerId: idOf(kinds.organization, 1 + (of % 10)),
        ownerLogin: 'o',
        name: `package-${of}`,
        format: 'toy',
      },
      ...{
        scope: 'owner',
        repositoryId: n % 3 ? null : idOf(kinds.repository, 1 + (n % teams)),
        newVisibility: 'private',
      },
      package: { id: idOf(kinds.package, of), visibility: 'private', inheritsAccess: n % 3 === 0 },
    },
  };
}

async function measure(world, quick) {
  const questions = Array.from({ length: 100 }, (_, n) => questionOf(world.size, n));
  const ask = async (times) => {
    for (let i = 0; i < times; i++) await world.decide.run(questions[i % questions.length]);
  };
  await ask(quick ? 5000 : 50_000);
  const warm = await best(5, async () => {
    const times = quick ? 10_000 : 100_000;
    const before = process.cpuUsage();
    await ask(times);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / times;
  });
  const cold = await best(quick ? 3 : 9, async () => {
    let total = 0;
    for (const question of questions) {
      world.forget(question);
      const start = performance.now();
      await world.decide.run(question);
      total += performance.now() - start;
    }
    return total / questions.length;
  });
  const list = await best(quick ? 3 : 9, async () => {
    world.forgetAll();
    const start = performance.now();
    for (const { principal } of questions.slice(0, 20))
      await world.readable.get({ accountId: principal.accountId, workflow: null, ownerId: null });
    return (performance.now() - start) / 20;
  });
  return { warm, cold, list };
}

async function best(rounds, run) {
  let least = Infinity;
  for (let i = 0; i < rounds; i++) least = Math.min(least, await run());
  return least;
}

function render({ small, large }) {
  const row = (what, key, unit, goal) => {
    const more = Math.round((large[key] / small[key] - 1) * 100);
    return `| ${what} | ${small[key].toFixed(2)} ${unit} | ${large[key].toFixed(2)} ${unit} | ${more > 0 ? '+' : ''}${more} % | ${goal} |`;
  };
  return [
    '### Decisions, one process',
    '',
    '| Measured | 10 packages, 10 users | 100,000 packages, 10,000 users, 1,000 teams, 200,000 grants | difference | goal |',
    '| --- | ---: | ---: | ---: | ---: |',
    row('Warm decision, CPU', 'warm', 'µs', 'less than 20 µs, within 20 %'),
    row('Cold decision, one query', 'cold', 'ms', 'within 20 %'),
    row('What somebody may list of all owners, cold', 'list', 'ms', '-'),
    '',
  ].join('\n');
}
