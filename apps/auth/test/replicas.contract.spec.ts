import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account, PackageAction, Principal, Repository, Visibility } from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { startNats, type DevServer } from '@packhouse/dev-servers';
import { newId } from '@packhouse/kernel';
import { Decide } from '../src/use-cases/decide';
import { FindAccount } from '../src/use-cases/find-account';
import { someActor as actor, AuthReplica } from './support/start-auth';

/**
 * Two replicas of the service over a real broker. Both are asked before each change, so that both remember; then the change is
 * made by whichever replica the bus chooses, and when it has answered both must know.
 */
describe('on every replica at once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'packhouse-auth-'));
  let postgres: ScratchPostgres;
  let nats: DevServer | null = null;
  let replicas: AuthReplica[] = [];
  let auth: AuthReplica;
  let owner: Account;
  let member: Account;
  let acme: Account;
  let app: Repository;
  let counter = 0;

  const user = async (): Promise<Account> =>
    (await auth.client.createUser({ login: `user-${++counter}` })).account;
  const organization = async (): Promise<Account> =>
    (await auth.client.createOrganization({ login: `org-${++counter}`, ownerAccountId: owner.id })).account;
  const setPolicy = (policy: object) =>
    auth.client.setOrganizationPolicy({ organizationId: acme.id, policy, actor });

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    nats = await startNats(folder);
    if (!nats) throw new Error('This suite needs nats-server on PATH.');
    const database = await postgres.createDatabase();
    for (let i = 0; i < 2; i++) replicas.push(await AuthReplica.start(database, {}, nats.url));
    auth = replicas[0]!;
    owner = await user();
  }, 120_000);
  beforeEach(async () => {
    [acme, member] = [await organization(), await user()];
    await auth.client.setMember({ organizationId: acme.id, accountId: member.id, role: 'member' });
    await setPolicy({ baseRole: 'none' });
    app = (await auth.client.createRepository({ ownerId: acme.id, name: 'app' })).repository;
  });
  afterAll(async () => {
    for (const replica of replicas) await replica.stop();
    replicas = [];
    await nats?.stop();
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  /** What both replicas answer `account` about a package of the organization that takes the access of the repository. */
  async function mayThrough(
    account: Account,
    action: PackageAction = 'read',
    visibility: Visibility = 'private',
  ): Promise<boolean[]> {
    const principal: Principal = {
      ...{ accountId: account.id, login: account.login, siteAdmin: false, tokenId: null, scopes: null },
      ...{ limits: null, workflow: null, expiresAt: null, twoFactor: 'off' },
    };
    const subject = {
      ...{ ownerId: acme.id, ownerLogin: acme.login, name: 'lib', format: 'any', scope: 'owner' as const },
      ...{ repositoryId: app.id, newVisibility: visibility },
      package: { id: packageIdOf(app), visibility, inheritsAccess: visibility === 'private' },
    };
    const decisions = await Promise.all(
      replicas.map((replica) => replica.get(Decide).run({ principal, action, subject })),
    );
    return decisions.map(({ allowed }) => allowed);
  }

  const packageIds = new Map<string, string>();
  function packageIdOf({ id }: Repository): string {
    if (!packageIds.has(id)) packageIds.set(id, newId());
    return packageIds.get(id)!;
  }

  const yes = [true, true];
  const no = [false, false];

  it('collaborators come and go', async () => {
    const ids = { repositoryId: app.id, accountId: member.id, actor };
    await expect(mayThrough(member)).resolves.toEqual(no);
    await auth.client.setCollaborator({ ...ids, role: 'read' });
    await expect(mayThrough(member)).resolves.toEqual(yes);
    await expect(mayThrough(member, 'write')).resolves.toEqual(no);
    await auth.client.setCollaborator({ ...ids, role: 'maintain' });
    await expect(mayThrough(member, 'write')).resolves.toEqual(yes);
    await auth.client.removeCollaborator(ids);
    await expect(mayThrough(member)).resolves.toEqual(no);
  });

  it('teams give and take: members, roles, places in the tree, the end', async () => {
    const make = async (name: string, parentId: string | null) =>
      (await auth.client.createTeam({ organizationId: acme.id, name, parentId, actor })).team.id;
    const top = await make('top', null);
    const below = await make('below', top);
    await auth.client.setTeamRepository({ teamId: top, repositoryId: app.id, role: 'write', actor });
    await expect(mayThrough(member)).resolves.toEqual(no);
    await auth.client.setTeamMember({ teamId: below, accountId: member.id, role: 'member', actor });
    await expect(mayThrough(member, 'write')).resolves.toEqual(yes);
    await auth.client.updateTeam({ teamId: below, parentId: null, actor });
    await expect(mayThrough(member)).resolves.toEqual(no);
    await auth.client.updateTeam({ teamId: below, parentId: top, actor });
    await expect(mayThrough(member)).resolves.toEqual(yes);
    await auth.client.setTeamRepository({ teamId: top, repositoryId: app.id, role: 'read', actor });
    await expect(mayThrough(member, 'write')).resolves.toEqual(no);
    await auth.client.removeTeamMember({ teamId: below, accountId: member.id, actor });
    await expect(mayThrough(member)).resolves.toEqual(no);
    await auth.client.setTeamMember({ teamId: below, accountId: member.id, role: 'member', actor });
    await expect(mayThrough(member)).resolves.toEqual(yes);
    await auth.client.deleteTeam({ teamId: top, actor });
    await expect(mayThrough(member)).resolves.toEqual(no);
  });

  it('the base role of members', async () => {
    await expect(mayThrough(member)).resolves.toEqual(no);
    await setPolicy({ baseRole: 'admin' });
    await expect(mayThrough(member, 'delete')).resolves.toEqual(yes);
    await setPolicy({ baseRole: 'none' });
    await expect(mayThrough(member)).resolves.toEqual(no);
  });

  it('leaving the organization', async () => {
    await auth.client.setCollaborator({ repositoryId: app.id, accountId: member.id, role: 'admin', actor });
    await expect(mayThrough(member, 'delete')).resolves.toEqual(yes);
    await auth.client.removeMember({ organizationId: acme.id, accountId: member.id });
    await expect(mayThrough(member)).resolves.toEqual(no);
  });

  it('enterprises: who comes in, who leaves, and the end of one', async () => {
    const beta = await organization();
    const reader = await user();
    await auth.client.setMember({ organizationId: beta.id, accountId: reader.id, role: 'member' });
    const slug = `enterprise-${++counter}`;
    const { enterprise } = await auth.client.createEnterprise({ slug, name: '', actor });
    const ids = { enterpriseId: enterprise.id, actor };
    await auth.client.addEnterpriseOrganization({ ...ids, organizationId: acme.id });
    const reads = () => mayThrough(reader, 'read', 'internal');
    await expect(reads()).resolves.toEqual(no);
    await auth.client.addEnterpriseOrganization({ ...ids, organizationId: beta.id });
    await expect(reads()).resolves.toEqual(yes);
    await auth.client.removeEnterpriseOrganization({ ...ids, organizationId: beta.id });
    await expect(reads()).resolves.toEqual(no);
    await auth.client.addEnterpriseOrganization({ ...ids, organizationId: beta.id });
    await expect(reads()).resolves.toEqual(yes);
    await auth.client.deleteAccount({ accountId: beta.id, actor });
    await expect(reads()).resolves.toEqual(no);
  });

  it('the transfer and the end of a repository', async () => {
    await setPolicy({ baseRole: 'read' });
    await expect(mayThrough(member)).resolves.toEqual(yes);
    await auth.client.transferRepository({ repositoryId: app.id, newOwnerId: owner.id, actor });
    await expect(mayThrough(member)).resolves.toEqual(no);
    await auth.client.transferRepository({ repositoryId: app.id, newOwnerId: acme.id, actor });
    await expect(mayThrough(member)).resolves.toEqual(yes);
    await auth.client.deleteRepository({ repositoryId: app.id, actor });
    await expect(mayThrough(member)).resolves.toEqual(no);
  });

  it('names of accounts', async () => {
    const find = async (login: string) => {
      const found = await Promise.all(replicas.map((replica) => replica.get(FindAccount).run({ login })));
      return found.map(({ account }) => account?.id ?? null);
    };
    await expect(find(member.login)).resolves.toEqual([member.id, member.id]);
    await auth.client.renameAccount({ accountId: member.id, login: 'renamed', actor });
    await expect(find(member.login)).resolves.toEqual([null, null]);
    await expect(find('renamed')).resolves.toEqual([member.id, member.id]);
    await auth.client.deleteAccount({ accountId: member.id, actor });
    await expect(find('renamed')).resolves.toEqual([null, null]);
  });
});
