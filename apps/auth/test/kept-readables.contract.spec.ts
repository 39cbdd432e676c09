import {
  completeReadable,
  isReadable,
  type Account,
  type PackageFacts,
  type Principal,
  type Readable,
  type Visibility,
} from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { newId } from '@packhouse/kernel';
import { someActor as actor, startAuth, type AuthReplica } from './support/start-auth';

/** More than one message takes. */
const MANY = 40_000;

describe('what a caller may list, kept in memory', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let acme: Account;
  let other: Account;
  let owner: Account;
  let member: Account;
  let outsider: Account;
  let repositoryId: string;
  let packages: PackageFacts[];
  let principals: Principal[];

  const user = async (login: string): Promise<Account> => (await auth.client.createUser({ login })).account;
  const organization = async (login: string): Promise<Account> =>
    (await auth.client.createOrganization({ login, ownerAccountId: owner.id })).account;
  const principalOf = (login: string, more: Partial<Principal>): Principal => ({
    ...{ accountId: newId(), login, siteAdmin: false, tokenId: null, scopes: null, limits: null },
    ...{ workflow: null, expiresAt: null, twoFactor: 'off' as const },
    ...more,
  });
  const packageOf = (of: Account, visibility: Visibility, linked: string | null = null): PackageFacts => ({
    ...{ id: newId(), number: 1, ownerId: of.id, format: 'toy', name: 'tool', nameKey: 'tool', visibility },
    ...{
      scope: 'owner',
      repositoryId: linked,
      inheritsAccess: linked !== null,
      linkOpen: false,
      revision: 1,
    },
    ...{ createdAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z' },
  });
  const readableOf = async (principal: Principal, ownerId: string | null): Promise<Readable> =>
    completeReadable(auth.client, await auth.client.listReadable({ principal, ownerId }));
  const shared = (facts: PackageFacts) => ({
    ...{ packageId: facts.id, ownerId: facts.ownerId, visibility: facts.visibility },
    ...{ inheritsAccess: facts.inheritsAccess, actor },
  });

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres);
    owner = await user('owner');
    member = await user('member');
    outsider = await user('outsider');
    acme = await organization('acme');
    other = await organization('other');
    await auth.client.setMember({ organizationId: acme.id, accountId: member.id, role: 'member' });
    const { repository } = await auth.client.createRepository({ ownerId: acme.id, name: 'code', actor });
    repositoryId = repository.id;
    packages = [
      ...[packageOf(acme, 'private'), packageOf(acme, 'private', repositoryId)],
      ...[packageOf(acme, 'internal'), packageOf(other, 'internal'), packageOf(other, 'private')],
    ];
    principals = [
      ...[owner, member, outsider].map(({ id, login }) => principalOf(login, { accountId: id })),
      principalOf('workflow', { workflow: { ownerId: acme.id, repositoryId, role: 'read' } }),
    ];
  }, 60_000);
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  /** Who lists which package, by number; both as of one owner and as of all. */
  async function lists(): Promise<string[]> {
    const seen: string[] = [];
    for (const principal of principals) {
      const everywhere = await readableOf(principal, null);
      for (const [i, facts] of packages.entries()) {
        const ofOwner = isReadable(facts, await readableOf(principal, facts.ownerId));
        expect(isReadable(facts, everywhere)).toBe(ofOwner);
        if (ofOwner) seen.push(`${principal.login} ${i}`);
      }
    }
    return seen;
  }

  async function decisions(): Promise<string[]> {
    const seen: string[] = [];
    for (const principal of principals)
      for (const [i, facts] of packages.entries()) {
        const { id, visibility, inheritsAccess, ownerId, name, format, scope } = facts;
        const subject = {
          ownerId,
          ownerLogin: 'owner',
          name,
          format,
          scope,
          repositoryId: facts.repositoryId,
        };
        const { allowed } = await auth.client.decide({
          ...{ principal, action: 'read' as const },
          subject: { ...subject, package: { id, visibility, inheritsAccess } },
        });
        if (allowed) seen.push(`${principal.login} ${i}`);
      }
    return seen;
  }

  it('is what it may read after every kind of change, in the moment in which the change is answered', async () => {
    const { client } = auth;
    const [mine, inheriting] = packages as [PackageFacts, PackageFacts];
    const team = { organizationId: acme.id, actor };
    const { team: above } = await client.createTeam({ ...team, name: 'above' });
    const { team: below } = await client.createTeam({ ...team, name: 'below' });
    const { enterprise } = await client.createEnterprise({ slug: 'group', name: 'Group', actor });
    const membership = { organizationId: acme.id, accountId: member.id };
    const collaborator = { repositoryId, accountId: outsider.id, actor };
    const policy = async (baseRole: 'none' | 'read') => {
      const { policy: before } = await client.getOrganizationPolicy({ organizationId: acme.id });
      await client.setOrganizationPolicy({ organizationId: acme.id, policy: { ...before, baseRole }, actor });
    };
    const steps: Record<string, () => Promise<unknown>> = {
      'base role none': () => policy('none'),
      'a grant of a team': () => client.setTeamGrant({ ...shared(mine), teamId: above.id, role: 'read' }),
      'a member of a lower team': () =>
        client.setTeamMember({ teamId: below.id, accountId: member.id, role: 'member', actor }),
      'the lower team hangs below': () => client.updateTeam({ teamId: below.id, parentId: above.id, actor }),
      'the grant of the team ends': () =>
        client.removeTeamGrant({ packageId: mine.id, inheritsAccess: false, teamId: above.id, actor }),
      'a grant': () => client.setGrant({ ...shared(mine), accountId: member.id, role: 'read' }),
      'the grant ends': () =>
        client.removeGrant({ packageId: mine.id, inheritsAccess: false, accountId: member.id, actor }),
      'access of workflows': () =>
        client.setWorkflowGrant({ packageId: mine.id, ownerId: acme.id, repositoryId, role: 'read', actor }),
      'access of workflows ends': () =>
        client.removeWorkflowGrant({ packageId: mine.id, repositoryId, actor }),
      'a team on the repository': () =>
        client.setTeamRepository({ teamId: above.id, repositoryId, role: 'read', actor }),
      'no team on the repository': () =>
        client.removeTeamRepository({ teamId: above.id, repositoryId, actor }),
      'a collaborator': () => client.setCollaborator({ ...collaborator, role: 'read' }),
      'no collaborator': () => client.removeCollaborator(collaborator),
      'base role read': () => policy('read'),
      'an enterprise of one': () =>
        client.addEnterpriseOrganization({ enterpriseId: enterprise.id, organizationId: acme.id, actor }),
      'an enterprise of two': () =>
        client.addEnterpriseOrganization({ enterpriseId: enterprise.id, organizationId: other.id, actor }),
      'the enterprise ends': () => client.deleteEnterprise({ enterpriseId: enterprise.id, actor }),
      'a team with a grant again': () =>
        client.setTeamGrant({ ...shared(mine), teamId: below.id, role: 'read' }),
      'grants are replaced': () =>
        client.replaceGrants({
          ...{ packageId: mine.id, ownerId: acme.id, inheritsAccess: true, revision: 5, actor: null },
        }),
      'a grant of a team once more': () =>
        client.setTeamGrant({ ...shared(mine), teamId: below.id, role: 'read' }),
      'the team is gone': () => client.deleteTeam({ teamId: below.id, actor }),
      'a format is off': () => client.setFormatPolicy({ format: 'toy', state: 'disabled', actor }),
      'a format is on': () => client.setFormatPolicy({ format: 'toy', state: 'enabled', actor }),
      'an owner more': () => client.setMember({ ...membership, role: 'owner' }),
      'no member': () => client.removeMember(membership),
      'the repository is gone': () => client.deleteRepository({ repositoryId, actor }),
    };
    let before = await lists();
    let changes = 0;
    for (const [step, change] of Object.entries(steps)) {
      await change();
      const listed = await lists();
      const decided = (await decisions()).filter(
        (one) => step !== 'the repository is gone' || !/workflow/.test(one),
      );
      expect([
        step,
        step === 'the repository is gone' ? listed.filter((one) => !/workflow/.test(one)) : listed,
      ]).toEqual([step, decided]);
      if (listed.join() !== before.join()) changes += 1;
      before = listed;
    }
    // Steps after which everybody lists the same as before would prove nothing.
    expect(changes).toBeGreaterThan(18);
    expect(inheriting.inheritsAccess).toBe(true);
  }, 60_000);

  it('has no end: more grants than a message takes are all there, and one that ends is not', async () => {
    const { client, database } = auth;
    const reader = await user('reader-of-many');
    const principal = principalOf(reader.login, { accountId: reader.id });
    const { team } = await client.createTeam({ organizationId: other.id, name: 'many', actor });
    await client.setMember({ organizationId: other.id, accountId: reader.id, role: 'member' });
    await client.setTeamMember({ teamId: team.id, accountId: reader.id, role: 'member', actor });
    await database.query(
      `INSERT INTO team_grants (package_id, owner_id, team_id, role)
       SELECT gen_random_uuid(), $1, $2, 'read' FROM generate_series(1, $3::int)`,
      [other.id, team.id, MANY],
    );
    const rows = await database.query<{ id: string }>(
      'SELECT package_id AS id FROM team_grants WHERE team_id = $1',
      [team.id],
    );
    const last = packageOf(other, 'private');
    await client.setTeamGrant({ ...shared(last), teamId: team.id, role: 'read' });
    for (const ownerId of [other.id, null]) {
      const travelling = await client.listReadable({ principal, ownerId });
      expect(travelling.packageIds).toEqual([]);
      const { packageIds } = await completeReadable(client, travelling);
      expect(new Set(packageIds)).toEqual(new Set([...rows.map(({ id }) => id), last.id]));
    }
    await client.removeTeamGrant({ packageId: last.id, inheritsAccess: false, teamId: team.id, actor });
    const { packageIds } = await readableOf(principal, other.id);
    expect(packageIds).toHaveLength(MANY);
    expect(packageIds).not.toContain(last.id);
  }, 60_000);
});
