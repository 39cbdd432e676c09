/** A large instance, written into the schemas of a started platform by bulk SQL, and who reads it. */

/** What the goals name. Nearly everything belongs to one organization: the hardest case for its lists. */
export const largeWorld = {
  ...{ packages: 100_000, users: 10_000, teams: 1000, grants: 200_000, repositories: 5000 },
  many: 20_000,
  few: 200,
};

/** For `--quick`, and to compare with. */
export const smallWorld = {
  ...{ packages: 1000, users: 100, teams: 40, grants: 2000, repositories: 50 },
  many: 200,
  few: 20,
};

const kinds = { user: 1, organization: 2, package: 3, team: 4, repository: 5, version: 6, token: 7 };
export const idOf = (kind, n) => `0190000${kinds[kind]}-0000-7000-8000-${String(n).padStart(12, '0')}`;
const sqlId = (kind, n) => `('0190000${kinds[kind]}-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
const series = (count) => `FROM generate_series(1, ${count}) n`;

/** Organization 1 owns nine tenths of everything; the other nine share the rest. */
const ownerOf = (n) => `CASE WHEN (${n}) % 10 > 0 THEN 1 ELSE 2 + (${n}) / 10 % 9 END`;
const organizations = 10;

/** Users who play a part; everybody else fills the rows. */
export const parts = { owner: 1, member: 2, few: 3, many: 4, collaborator: 5, stranger: 6 };
/** Users with parts from here on have no ordinary memberships, teams or grants. */
const firstOrdinary = 11;
/** Teams of the readers, after the ordinary ones. */
const teamOf = ({ teams }) => ({ few: teams + 1, many: teams + 3 });

function accountStatements({ users }) {
  const account = `INSERT INTO auth.accounts (id, kind, login, login_key, created_at, updated_at)`;
  const { owner, member, few, many } = parts;
  return [
    `${account} SELECT ${sqlId('user', 'n')}, 'user', 'user-' || n, 'user-' || n, now(), now() ${series(users)}`,
    `${account} SELECT ${sqlId('organization', 'n')}, 'organization', CASE n WHEN 1 THEN 'acme' ELSE 'org-' || n END,
       CASE n WHEN 1 THEN 'acme' ELSE 'org-' || n END, now(), now() ${series(organizations)}`,
    `INSERT INTO auth.memberships SELECT ${sqlId('organization', 1)}, ${sqlId('user', 'n')}, CASE n WHEN ${owner} THEN 'owner' ELSE 'member' END
     FROM unnest(ARRAY[${[owner, member, few, many]}]) n`,
    `INSERT INTO auth.memberships SELECT ${sqlId('organization', ownerOf('n'))}, ${sqlId('user', 'n')}, 'member'
     ${series(users)} WHERE n >= ${firstOrdinary}`,
    `INSERT INTO auth.memberships SELECT ${sqlId('organization', '1 + n % 10')}, ${sqlId('user', 'n')}, 'member'
     ${series(users)} WHERE n >= ${firstOrdinary} AND n % 7 = 0 ON CONFLICT DO NOTHING`,
  ];
}

/** Teams in trees of four levels; everybody is in three. */
function teamStatements(world) {
  const { users, teams } = world;
  const { few, many } = teamOf(world);
  const columns = '(id, organization_id, parent_id, name, slug, created_at, updated_at)';
  return [
    `INSERT INTO auth.teams ${columns}
     SELECT ${sqlId('team', 'n')}, ${sqlId('organization', ownerOf('n'))},
       CASE WHEN n > 10 AND (n - 1) / 10 % 4 > 0 AND n % 10 > 0 THEN ${sqlId('team', 'n - 10')} END,
       'team-' || n, 'team-' || n, now(), now() ${series(teams)}`,
    `INSERT INTO auth.teams ${columns}
     SELECT ${sqlId('team', 'n')}, ${sqlId('organization', 1)}, CASE n WHEN ${few + 1} THEN ${sqlId('team', few)} END,
       'team-' || n, 'team-' || n, now(), now() FROM generate_series(${few}, ${many}) n`,
    `INSERT INTO auth.team_members SELECT t.id, m.account_id, 'member' FROM generate_series(1, ${users}) n
     CROSS JOIN generate_series(0, 2) k JOIN auth.teams t ON t.id = ${sqlId('team', `1 + (n * 7 + k * 131) % ${teams}`)}
     JOIN auth.memberships m ON m.account_id = ${sqlId('user', 'n')} AND m.organization_id = t.organization_id
     WHERE n >= ${firstOrdinary} ON CONFLICT DO NOTHING`,
    // A member of the lower team has what the upper one has too.
    `INSERT INTO auth.team_members VALUES (${sqlId('team', few + 1)}, ${sqlId('user', parts.few)}, 'member'),
       (${sqlId('team', many)}, ${sqlId('user', parts.many)}, 'member')`,
  ];
}

function repositoryStatements({ repositories, users, teams }) {
  const visibility = `(ARRAY['private', 'private', 'internal', 'public'])[1 + n % 4]`;
  return [
    `INSERT INTO auth.repositories (id, owner_id, name, name_key, visibility, created_at, updated_at)
     SELECT ${sqlId('repository', 'n')}, ${sqlId('organization', ownerOf('n'))}, 'repo-' || n, 'repo-' || n, ${visibility},
       now() - make_interval(mins => n), now() ${series(repositories)}`,
    `INSERT INTO auth.repository_teams SELECT r.id, t.id, 'write' ${series(repositories)}
     JOIN auth.repositories r ON r.id = ${sqlId('repository', 'n')} JOIN auth.teams t ON t.id = ${sqlId('team', `1 + n % ${teams}`)}
     WHERE t.organization_id = r.owner_id`,
    `INSERT INTO auth.repository_collaborators SELECT ${sqlId('repository', 'n')}, ${sqlId('user', `${firstOrdinary} + n % ${users - firstOrdinary}`)}, 'read'
     ${series(repositories)}`,
    `INSERT INTO auth.repository_collaborators SELECT r.id, ${sqlId('user', parts.collaborator)}, 'read'
     FROM auth.repositories r WHERE r.owner_id = ${sqlId('organization', 1)} ORDER BY r.number LIMIT 20`,
  ];
}

/** A tenth public, a fifth internal; two fifths linked, half of these inherit. Each has one version with a tag. */
function packageStatements({ packages, repositories }) {
  const visibility = `CASE WHEN n % 10 = 3 THEN 'public' WHEN n % 10 < 2 THEN 'internal' ELSE 'private' END`;
  const owner = ownerOf('n / 7');
  const scope = `CASE WHEN o.n = 1 THEN 'acme' ELSE 'org-' || o.n END`;
  const linked = `r.owner_id = ${sqlId('organization', 'o.n')} AND n.n % 5 < 2`;
  return [
    `INSERT INTO metadata.package (id, format, owner_id, name, name_key, api_name, visibility, repository_id, inherits_access,
       created_at, updated_at, version_count, head_tag, revision, search_name, search_text, properties)
     SELECT ${sqlId('package', 'n.n')}, 'npm', ${sqlId('organization', 'o.n')}, full_name, full_name, short, ${visibility.replaceAll('n %', 'n.n %')},
       CASE WHEN ${linked} THEN r.id END, coalesce(${linked} AND n.n % 10 < 5, false),
       now() - make_interval(secs => n.n), now(), 1, 'latest', 1, full_name, full_name || E'\\nthe ' || short || ' of the benchmark',
       jsonb_build_object('description', 'the ' || short || ' of the benchmark')
     FROM generate_series(1, ${packages}) n CROSS JOIN LATERAL (SELECT ${owner.replaceAll('(n / 7)', '(n.n / 7)')} AS n) o
     CROSS JOIN LATERAL (SELECT (ARRAY['web', 'core', 'data', 'auth', 'build'])[1 + n.n / 10 % 5] || '-' || n.n AS short) s
     CROSS JOIN LATERAL (SELECT '@' || ${scope} || '/' || s.short AS full_name) f
     LEFT JOIN auth.repositories r ON r.id = ${sqlId('repository', `1 + (n.n * 3) % ${repositories}`)}`,
    `INSERT INTO metadata.version (id, package_id, version, identity, sort_key, publisher_id, published_at, published_revision, changed_revision)
     SELECT ${sqlId('version', 'n')}, ${sqlId('package', 'n')}, '1.0.0', '1.0.0', '1.0.0', ${sqlId('user', 1)}, now(), 1, 1 ${series(packages)}`,
    `INSERT INTO metadata.tag (package_id, name, version_id) SELECT ${sqlId('package', 'n')}, 'latest', ${sqlId('version', 'n')} ${series(packages)}`,
  ];
}

/** Three fifths to people, two fifths to teams; the readers' own teams among them. */
function grantStatements(world) {
  const { packages, users, teams, grants, few, many } = world;
  const team = teamOf(world);
  const [people, ofTeams] = [grants * 0.6, grants * 0.4 - many - few];
  const hand = (to, count, step) =>
    `INSERT INTO auth.team_grants (package_id, owner_id, team_id, role) SELECT id, owner_id, ${sqlId('team', to)}, 'read' FROM (
       SELECT id, owner_id, row_number() OVER (ORDER BY (number * 7919) % 104729) AS place FROM metadata.package
       WHERE owner_id = ${sqlId('organization', 1)} AND NOT inherits_access) p WHERE place % ${step} = 0 LIMIT ${count}`;
  return [
    `INSERT INTO auth.grants (package_id, account_id, role, owner_id)
     SELECT p.id, m.account_id, 'read', p.owner_id ${series(Math.round(people * 1.25))}
     JOIN metadata.package p ON p.id = ${sqlId('package', `1 + (n * 7) % ${packages}`)}
     JOIN auth.memberships m ON m.account_id = ${sqlId('user', `${firstOrdinary} + n % ${users - firstOrdinary}`)} AND m.organization_id = p.owner_id
     ON CONFLICT DO NOTHING`,
    `INSERT INTO auth.team_grants (package_id, owner_id, team_id, role)
     SELECT p.id, p.owner_id, t.id, 'write' ${series(Math.round(ofTeams * 1.2))}
     JOIN metadata.package p ON p.id = ${sqlId('package', `1 + (n * 11) % ${packages}`)}
     JOIN auth.teams t ON t.id = ${sqlId('team', `1 + n % ${teams}`)} AND t.organization_id = p.owner_id ON CONFLICT DO NOTHING`,
    hand(team.few, few, Math.max(1, Math.floor((packages * 0.7) / few / 2))),
    hand(team.many, many, 2),
    `INSERT INTO auth.workflow_grants (package_id, owner_id, repository_id, role)
     SELECT id, owner_id, ${sqlId('repository', 1)}, 'read' FROM metadata.package WHERE owner_id = ${sqlId('organization', 1)} ORDER BY number LIMIT ${few}`,
  ];
}

/** Fills the schemas; `query` runs one statement as their owner. */
export async function fillWorld(query, world) {
  const statements = [
    ...accountStatements(world),
    ...teamStatements(world),
    ...repositoryStatements(world),
    ...packageStatements(world),
    ...grantStatements(world),
    'VACUUM ANALYZE',
  ];
  for (const statement of statements) await query(statement);
}

/** What an organization gives its members on every repository. */
export const setBaseRole = (query, role) =>
  query(
    `INSERT INTO auth.organization_policies (organization_id, base_role) VALUES (${sqlId('organization', 1)}, '${role}')
     ON CONFLICT (organization_id) DO UPDATE SET base_role = '${role}'`,
  );

/** Who reads: the account and the kind of token. `baseRole` is what the organization gives members meanwhile. */
export function readersOf(world) {
  const scopes = ['read:packages', 'read:org', 'repo'];
  const classic = { kind: 'classic', scopes };
  const acme = idOf('organization', 1);
  return [
    { who: 'Organization owner', user: parts.owner, ...classic },
    { who: 'Member, base role read', user: parts.member, ...classic },
    { who: 'Site administrator', user: 'admin', ...classic },
    { who: 'Stranger', user: parts.stranger, ...classic },
    {
      ...{ who: 'Fine-grained token, two patterns', user: parts.owner, kind: 'fine-grained', scopes: [] },
      limits: { ownerId: acme, packages: ['@acme/web-*', '*/core-1*'], actions: ['read'] },
    },
    {
      ...{ who: 'Workflow token', user: 'workflow', kind: 'workflow', scopes: [] },
      workflow: { ownerId: acme, repositoryId: idOf('repository', 1), role: 'read' },
    },
    {
      ...{ who: `Member, base role none, ${world.few} grants by teams`, user: parts.few, baseRole: 'none' },
      ...classic,
    },
    {
      who: `Member, base role none, ${world.many.toLocaleString('en-US')} grants by a team`,
      ...{ user: parts.many, baseRole: 'none' },
      ...classic,
    },
    { who: 'Outside collaborator', user: parts.collaborator, baseRole: 'none', ...classic },
  ];
}

/** Writes the readers' tokens; gives each reader its token's text. */
export async function giveTokens(query, readers, { newTokenText, hashToken }, accounts) {
  const given = [];
  for (const [i, reader] of readers.entries()) {
    const token = newTokenText();
    const account = typeof reader.user === 'number' ? idOf('user', reader.user) : accounts[reader.user];
    const json = (value) => (value ? `'${JSON.stringify(value)}'` : 'NULL');
    await query(
      `INSERT INTO auth.tokens (id, account_id, name, prefix, hash, kind, scopes, limits, workflow, created_at, expires_at)
       VALUES ('${idOf('token', i + 1)}', '${account}', 'bench', '${token.slice(0, 8)}', '${hashToken(token)}', '${reader.kind}',
         '{${reader.scopes}}', ${json(reader.limits)}, ${json(reader.workflow)}, now(), now() + interval '1 day')`,
    );
    given.push({ ...reader, token });
  }
  return given;
}
