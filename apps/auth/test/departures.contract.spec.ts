import type { Account, RepositoryRole } from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { newId } from '@packhouse/kernel';
import { INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import { ForgetPackage } from '../src/use-cases/forget-package';
import { someActor as actor, startAuth, type AuthReplica } from './support/start-auth';

describe('who goes', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let owner: Account;
  let member: Account;
  let acme: Account;
  let announced: string[] = [];
  let counter = 0;
  const user = async (siteAdmin = false): Promise<Account> =>
    (await auth.client.createUser({ login: `user-${++counter}`, siteAdmin })).account;
  const organization = async (): Promise<Account> =>
    (await auth.client.createOrganization({ login: `org-${++counter}`, ownerAccountId: owner.id })).account;

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres);
    auth.get<Invalidations>(INVALIDATIONS).subscribe((keys) => void (announced = [...announced, ...keys]));
    owner = await user();
  }, 60_000);
  beforeEach(async () => {
    [acme, member] = [await organization(), await user()];
    await auth.client.setMember({ organizationId: acme.id, accountId: member.id, role: 'member' });
    announced = [];
  });
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  describe('from an organization', () => {
    /** A team with a role on a repository, a role of its own on another, a grant on a package here and one elsewhere. */
    async function settle(): Promise<{ shared: string; own: string; packageId: string; elsewhere: string }> {
      const [packageId, elsewhere] = [newId(), newId()];
      const make = async (name: string) =>
        (await auth.client.createRepository({ ownerId: acme.id, name })).repository.id;
      const [shared, own] = [await make('shared'), await make('own')];
      const { team } = await auth.client.createTeam({ organizationId: acme.id, name: 'core', actor });
      const accountId = member.id;
      await auth.client.setTeamMember({ teamId: team.id, accountId, role: 'member', actor });
      await auth.client.setTeamRepository({ teamId: team.id, repositoryId: shared, role: 'maintain', actor });
      await auth.client.setCollaborator({ repositoryId: own, accountId, role: 'triage', actor });
      await auth.database.query(
        `INSERT INTO grants (package_id, account_id, role, owner_id) VALUES ($1, $2, 'write', $3), ($4, $2, 'write', $5)`,
        [packageId, accountId, acme.id, elsewhere, owner.id],
      );
      return { shared, own, packageId, elsewhere };
    }

    async function rolesLeft(...repositoryIds: string[]): Promise<Array<RepositoryRole | null>> {
      const found = await Promise.all(
        repositoryIds.map((repositoryId) =>
          auth.client.findRepositoryRole({ repositoryId, accountId: member.id }),
        ),
      );
      return found.map(({ role }) => role);
    }

    it('leaves its teams, its packages and its repositories', async () => {
      const { shared, own, packageId, elsewhere } = await settle();
      announced = [];
      await auth.client.removeMember({ organizationId: acme.id, accountId: member.id, actor });
      await expect(rolesLeft(shared, own)).resolves.toEqual([null, null]);
      await expect(auth.client.listTeamsOfAccount({ accountId: member.id })).resolves.toMatchObject({
        total: 0,
      });
      const { items } = await auth.client.listGrantsOfAccount({ accountId: member.id });
      expect(items.map((grant) => grant.packageId)).toEqual([elsewhere]);
      expect(announced).toEqual(expect.arrayContaining([`account:${member.id}`, `access:${packageId}`]));
      const back = { organizationId: acme.id, accountId: member.id, role: 'member' as const };
      await auth.client.setMember(back);
      await expect(rolesLeft(shared, own)).resolves.toEqual(['read', 'read']);
    });

    it('keeps what it could do in repositories when it stays as an outside collaborator', async () => {
      const { shared, own } = await settle();
      const { id: accountId, login } = member;
      const leaving = { organizationId: acme.id, accountId, keepAsOutsideCollaborator: true, actor };
      await auth.client.removeMember(leaving);
      await expect(rolesLeft(shared, own)).resolves.toEqual(['maintain', 'triage']);
      await expect(auth.client.listOutsideCollaborators({ organizationId: acme.id })).resolves.toEqual({
        items: [{ accountId, login }],
        total: 1,
      });
      await auth.client.removeOutsideCollaborator({ organizationId: acme.id, accountId, actor });
      await expect(rolesLeft(shared, own)).resolves.toEqual([null, null]);
      await expect(
        auth.client.removeOutsideCollaborator({ organizationId: acme.id, accountId, actor }),
      ).rejects.toMatchObject({ code: 'not_found' });
    });

    it('is no outside collaborator before', async () => {
      await expect(
        auth.client.removeOutsideCollaborator({ organizationId: acme.id, accountId: member.id, actor }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
    });
  });

  describe('to another name', () => {
    it('takes everything along and leaves the old one free at once', async () => {
      const { id: accountId, login: oldLogin } = member;
      await auth.client.findAccount({ login: oldLogin });
      await auth.client.renameAccount({ accountId, login: 'new-name', actor });
      await expect(auth.client.findAccount({ login: oldLogin })).resolves.toEqual({ account: null });
      await expect(auth.client.findAccount({ login: 'NEW-name' })).resolves.toMatchObject({
        account: { id: accountId },
      });
      expect(announced).toEqual(
        expect.arrayContaining([`account:${accountId}`, `login:${oldLogin}`, 'login:new-name']),
      );
      const { account } = await auth.client.createUser({ login: oldLogin });
      await expect(auth.client.findAccount({ login: oldLogin })).resolves.toMatchObject({
        account: { id: account.id },
      });
      await auth.client.renameAccount({ accountId, login: 'NEW-NAME', actor });
    });

    it('never to a taken or reserved one, also when it is taken at the same moment', async () => {
      const rename = (login: string) => auth.client.renameAccount({ accountId: member.id, login, actor });
      await expect(rename(owner.login.toUpperCase())).rejects.toMatchObject({ code: 'name_taken' });
      await expect(rename('_registry')).rejects.toMatchObject({ code: 'invalid_request' });
      for (let round = 0; round < 5; round++) {
        const login = `contested-${round}`;
        const attempts = await Promise.allSettled([rename(login), auth.client.createUser({ login })]);
        const refused = attempts.filter((one) => one.status === 'rejected');
        expect(refused).toHaveLength(1);
        expect(refused[0]!.reason).toMatchObject({ code: 'name_taken' });
      }
    });
  });

  describe('for ever', () => {
    it('takes its repositories along, and nobody finds it any more', async () => {
      const { repository } = await auth.client.createRepository({ ownerId: member.id, name: 'mine' });
      const before = (await auth.eventTypes()).length;
      await auth.client.deleteAccount({ accountId: member.id, actor });
      await expect(auth.client.findAccount({ login: member.login })).resolves.toEqual({ account: null });
      await expect(auth.client.getRepositories({ ids: [repository.id] })).resolves.toEqual({
        repositories: [],
      });
      expect((await auth.eventTypes()).slice(before)).toEqual([
        ...['repository.deleted', 'membership.changed', 'account.deleted'],
      ]);
      expect(announced).toEqual(expect.arrayContaining([`account:${member.id}`, `login:${member.login}`]));
    });

    it('never as the only owner of an organization, but with the organization gone', async () => {
      const founder = await user();
      const made = await auth.client.createOrganization({
        ...{ login: `org-${++counter}`, ownerAccountId: founder.id },
      });
      const leaving = { accountId: founder.id, actor };
      await expect(auth.client.deleteAccount(leaving)).rejects.toMatchObject({
        code: 'forbidden',
        message: expect.stringContaining(made.account.login) as string,
      });
      await auth.client.deleteAccount({ accountId: made.account.id, actor });
      await auth.client.deleteAccount(leaving);
    });

    it('never as the last site administrator, also when the last two go at the same moment', async () => {
      const { items } = await auth.client.listAccountsByNumber({ kind: 'user', limit: 100 });
      const first = items.find(({ siteAdmin }) => siteAdmin) ?? (await user(true));
      await expect(
        auth.client.setSiteAdministrator({ accountId: first.id, siteAdmin: false, actor }),
      ).rejects.toMatchObject({ code: 'forbidden' });
      const second = await user(true);
      const attempts = await Promise.allSettled([
        auth.client.deleteAccount({ accountId: second.id, actor }),
        auth.client.setSiteAdministrator({ accountId: first.id, siteAdmin: false, actor }),
      ]);
      expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const [left] = await auth.database.query<{ count: number }>(
        'SELECT count(*) AS count FROM accounts WHERE site_admin',
      );
      expect(left!.count).toBe(1);
    });
  });

  describe('a package that is purged', () => {
    const tables = ['grants', 'team_grants', 'workflow_grants', 'replaced_grants'];

    async function share(packageId: string): Promise<void> {
      const shared = { packageId, ownerId: acme.id, visibility: 'private' as const, inheritsAccess: false };
      const { team } = await auth.client.createTeam({
        organizationId: acme.id,
        name: `t-${++counter}`,
        actor,
      });
      const { repository } = await auth.client.createRepository({ ownerId: acme.id, name: `r-${++counter}` });
      await auth.client.replaceGrants({ packageId, ownerId: acme.id, inheritsAccess: false, revision: 1 });
      await auth.client.setGrant({ ...shared, accountId: member.id, role: 'read' });
      await auth.client.setTeamGrant({ ...shared, teamId: team.id, role: 'read' });
      await auth.client.setWorkflowGrant({ ...shared, repositoryId: repository.id, role: 'write' });
    }
    const rowsOf = async (packageId: string): Promise<number[]> => {
      const counts = tables.map((table) =>
        auth.database.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM ${table} WHERE package_id = $1`,
          [packageId],
        ),
      );
      return (await Promise.all(counts)).map(([row]) => row!.count);
    };

    it('leaves no grant behind, and takes none of others', async () => {
      const [gone, kept] = [newId(), newId()];
      for (const packageId of [gone, kept]) await share(packageId);
      const payload = { packageId: gone, format: 'toy', ownerId: acme.id, name: 'gone', revision: 9 };
      const event = {
        ...{ id: newId(), type: 'package.purged', source: 'metadata', occurredAt: new Date().toISOString() },
        ...{ actor: null, payload },
      };
      announced = [];
      await auth.get(ForgetPackage).run(event);
      await auth.get(ForgetPackage).run(event);
      expect(await rowsOf(gone)).toEqual([0, 0, 0, 0]);
      expect(await rowsOf(kept)).toEqual([1, 1, 1, 1]);
      expect(announced).toContain(`access:${gone}`);
    });
  });
});
