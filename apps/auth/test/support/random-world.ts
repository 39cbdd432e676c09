import type { PackageAction, PackageFacts, PackageRole, Principal, Visibility } from '@packhouse/contracts';
import { newId } from '@packhouse/kernel';
import fc from 'fast-check';
import type { AuthReplica } from './start-auth';

/** A format that is switched off in every world. */
export const disabledFormat = 'switched-off';

const counts = { users: 4, organizations: 3, teams: 6, repositories: 5, packages: 10 };

const indexBelow = (count: number) => fc.nat({ max: count - 1 });
const someOf = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 14 });
const packageRoles = fc.constantFrom<PackageRole>('read', 'write', 'admin');
const visibilities = fc.constantFrom<Visibility>('public', 'private', 'internal');
const repositoryRoles = fc.constantFrom('read', 'triage', 'write', 'maintain', 'admin');

/** Numbers of things; what does not fit together is left out when the world is made. */
export const worldPlans = fc.record({
  enterprise: fc.subarray([0, 1, 2]),
  members: someOf(
    fc.tuple(indexBelow(counts.organizations), indexBelow(counts.users), fc.constantFrom('owner', 'member')),
  ),
  baseRoles: fc.array(fc.option(fc.constantFrom('none', 'read', 'write', 'admin')), {
    minLength: counts.organizations,
    maxLength: counts.organizations,
  }),
  teams: fc.array(
    fc.record({ organization: indexBelow(counts.organizations), parent: fc.option(fc.nat(5)) }),
    {
      minLength: counts.teams,
      maxLength: counts.teams,
    },
  ),
  teamMembers: someOf(fc.tuple(indexBelow(counts.teams), indexBelow(counts.users))),
  repositories: fc.array(
    fc.record({ owner: indexBelow(counts.organizations + 1), visibility: visibilities }),
    { minLength: counts.repositories, maxLength: counts.repositories },
  ),
  collaborators: someOf(fc.tuple(indexBelow(counts.repositories), indexBelow(counts.users), repositoryRoles)),
  repositoryTeams: someOf(
    fc.tuple(indexBelow(counts.repositories), indexBelow(counts.teams), repositoryRoles),
  ),
  packages: fc.array(
    fc.record({
      owner: indexBelow(counts.organizations + 1),
      visibility: visibilities,
      scope: fc.constantFrom<PackageFacts['scope']>('owner', 'owner', 'repository'),
      repository: fc.option(indexBelow(counts.repositories)),
      inheritsAccess: fc.boolean(),
      format: fc.constantFrom('toy', 'toy', 'toy', disabledFormat),
      name: fc.constantFrom('tool', 'web-ui', 'Web-Kit'),
    }),
    { minLength: counts.packages, maxLength: counts.packages },
  ),
  grants: someOf(fc.tuple(indexBelow(counts.packages), indexBelow(counts.users), fc.option(packageRoles))),
  teamGrants: someOf(fc.tuple(indexBelow(counts.packages), indexBelow(counts.teams), packageRoles)),
  workflowGrants: someOf(
    fc.tuple(indexBelow(counts.packages), indexBelow(counts.repositories), packageRoles),
  ),
  tokenLimits: fc.record({
    owner: indexBelow(counts.organizations + 1),
    packages: fc.option(fc.constantFrom<string[]>(['*'], ['tool'], ['WEB-*', 'x'])),
    actions: fc.constantFrom<PackageAction>('read', 'write', 'delete').map((action) => [action]),
  }),
});
export type WorldPlan = typeof worldPlans extends fc.Arbitrary<infer T> ? T : never;

export interface World {
  /** By login, to say in a failure who it was. */
  readonly principals: readonly Principal[];
  readonly packages: readonly PackageFacts[];
}

type Rows = readonly (readonly unknown[])[];

/** Makes the world with ids of its own, beside those that are there. */
export async function makeWorld(auth: AuthReplica, plan: WorldPlan): Promise<World> {
  const ids = (count: number): string[] => Array.from({ length: count }, () => newId());
  const users = ids(counts.users);
  const organizations = ids(counts.organizations);
  const owners = [...organizations, users[0]!];
  const teams = plan.teams.map(({ organization }) => ({ id: newId(), organization }));
  const repositories = plan.repositories.map((one) => ({ ...one, id: newId() }));
  const enterprise = newId();
  const insert = (table: string, columns: string, rows: Rows): Promise<void> =>
    insertRows(auth, table, columns, rows);

  await insert('enterprises', 'id, slug, slug_key, name, created_at', [
    [enterprise, enterprise, enterprise, 'E', new Date()],
  ]);
  const account = (kind: string, id: string, of: string | null): unknown[] => [
    ...[id, kind, id, id, of, new Date(), new Date()],
  ];
  await insert('accounts', 'id, kind, login, login_key, enterprise_id, created_at, updated_at', [
    ...users.map((id) => account('user', id, null)),
    ...organizations.map((id, i) =>
      account('organization', id, plan.enterprise.includes(i) ? enterprise : null),
    ),
  ]);
  await insert(
    'memberships',
    'organization_id, account_id, role',
    plan.members.map(([organization, user, role]) => [organizations[organization], users[user], role]),
  );
  await insert(
    'organization_policies',
    'organization_id, base_role',
    plan.baseRoles.flatMap((role, i) => (role === null ? [] : [[organizations[i], role]])),
  );
  await insert(
    'teams',
    'id, organization_id, parent_id, name, slug, created_at, updated_at',
    teams.map(({ id, organization }, i) => {
      const above = teams.slice(0, i)[plan.teams[i]?.parent ?? i];
      const parent = above?.organization === organization ? above.id : null;
      return [id, organizations[organization], parent, id, id, new Date(), new Date()];
    }),
  );
  await insert(
    'team_members',
    'team_id, account_id, role',
    plan.teamMembers.map(([team, user]) => [teams[team]?.id, users[user], 'member']),
  );
  await insert(
    'repositories',
    'id, owner_id, name, name_key, visibility, created_at',
    repositories.map(({ id, owner, visibility }) => [id, owners[owner], id, id, visibility, new Date()]),
  );
  await insert(
    'repository_collaborators',
    'repository_id, account_id, role',
    plan.collaborators.map(([repository, user, role]) => [repositories[repository]?.id, users[user], role]),
  );
  await insert(
    'repository_teams',
    'repository_id, team_id, role',
    plan.repositoryTeams
      .filter(([repository, team]) => repositories[repository]?.owner === teams[team]?.organization)
      .map(([repository, team, role]) => [repositories[repository]?.id, teams[team]?.id, role]),
  );
  const packages = plan.packages.map((one, number) => {
    const linked = repositories[one.repository ?? -1];
    const repository = linked?.owner === one.owner ? linked : null;
    const scope = repository ? one.scope : 'owner';
    const facts: PackageFacts = {
      ...{ id: newId(), number, ownerId: owners[one.owner]!, nameKey: one.name, revision: 1, scope },
      ...{ name: one.name, format: one.format, repositoryId: repository?.id ?? null },
      visibility: scope === 'repository' && repository ? repository.visibility : one.visibility,
      inheritsAccess: one.inheritsAccess && repository !== null,
      linkOpen: false,
      ...{ createdAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z' },
    };
    return { facts, owner: one.owner };
  });
  const factsOf = (i: number): PackageFacts => packages[i]!.facts;
  await insert(
    'grants',
    'package_id, owner_id, account_id, role',
    plan.grants.map(([of, user, role]) => [factsOf(of).id, factsOf(of).ownerId, users[user], role]),
  );
  await insert(
    'team_grants',
    'package_id, owner_id, team_id, role',
    plan.teamGrants
      .filter(([of, team]) => packages[of]?.owner === teams[team]?.organization)
      .map(([of, team, role]) => [factsOf(of).id, factsOf(of).ownerId, teams[team]?.id, role]),
  );
  await insert(
    'workflow_grants',
    'package_id, owner_id, repository_id, role',
    plan.workflowGrants
      .filter(([of, repository]) => packages[of]?.owner === repositories[repository]?.owner)
      .map(([of, repository, role]) => [
        ...[factsOf(of).id, factsOf(of).ownerId],
        ...[repositories[repository]?.id, role],
      ]),
  );
  const limits = { ...plan.tokenLimits, ownerId: owners[plan.tokenLimits.owner]! };
  return {
    principals: principalsOf(
      users,
      repositories.map(({ id, owner }) => ({ id, ownerId: owners[owner]! })),
      limits,
    ),
    packages: packages.map(({ facts }) => facts),
  };
}

function principalsOf(
  users: readonly string[],
  repositories: ReadonlyArray<{ id: string; ownerId: string }>,
  of: WorldPlan['tokenLimits'] & { ownerId: string },
): Principal[] {
  const limits = { ownerId: of.ownerId, packages: of.packages, actions: [...of.actions] };
  const plain: Omit<Principal, 'accountId' | 'login'> = {
    ...{ siteAdmin: false, tokenId: null, scopes: null, limits: null, workflow: null },
    ...{ expiresAt: null, twoFactor: 'off' },
  };
  const variants: Array<[string, Partial<Principal>]> = [
    ['by password', {}],
    ['with read:packages', { scopes: ['read:packages'] }],
    ['with write:packages and repo', { scopes: ['write:packages', 'repo'] }],
    ['with delete:packages', { scopes: ['delete:packages'] }],
    ['with limits', { limits }],
    ['as administrator', { siteAdmin: true }],
    ['as administrator with limits', { siteAdmin: true, limits }],
  ];
  const people = users.flatMap((accountId, i) =>
    variants
      .slice(0, i < 2 ? variants.length : 1)
      .map(([how, more]) => ({ ...plain, accountId, login: `user ${i} ${how}`, ...more })),
  );
  const [one, two] = repositories;
  const bot = { ...plain, accountId: newId() };
  const workflow = (repositoryId: string | null, ownerId: string, role: PackageRole) => ({
    workflow: { repositoryId, ownerId, role },
  });
  return [
    ...people,
    { ...bot, login: 'workflow that writes', ...workflow(one!.id, one!.ownerId, 'write') },
    { ...bot, login: 'workflow that reads', ...workflow(two!.id, two!.ownerId, 'read') },
    { ...bot, login: 'trusted workflow', limits, ...workflow(null, of.ownerId, 'write') },
    { ...bot, login: 'trusted reader', ...workflow(null, of.ownerId, 'read') },
  ];
}

async function insertRows(auth: AuthReplica, table: string, columns: string, rows: Rows): Promise<void> {
  for (const row of rows) {
    const values = row.map((_, i) => `$${i + 1}`).join(', ');
    await auth.database.query(`INSERT INTO ${table} (${columns}) VALUES (${values}) ON CONFLICT DO NOTHING`, [
      ...row,
    ]);
  }
}
