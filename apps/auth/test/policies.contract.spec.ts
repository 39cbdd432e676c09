import type { Account } from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import { someActor as actor, startAuth, type AuthReplica } from './support/start-auth';

describe('policies', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let owner: Account;
  let announced: string[] = [];
  let counter = 0;
  const organization = async (): Promise<Account> =>
    (await auth.client.createOrganization({ login: `org-${++counter}`, ownerAccountId: owner.id })).account;

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres);
    auth.get<Invalidations>(INVALIDATIONS).subscribe((keys) => void (announced = [...announced, ...keys]));
    owner = (await auth.client.createUser({ login: 'owner' })).account;
  }, 60_000);
  beforeEach(() => {
    announced = [];
  });
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  it('of an organization begin with defaults, and what is not given stays', async () => {
    const { id: organizationId } = await organization();
    const defaults = {
      ...{ baseRole: 'read', inheritByDefault: true, auditReads: 'off' },
      ...{ createPublic: true, createPrivate: true, createInternal: true },
    };
    await expect(auth.client.getOrganizationPolicy({ organizationId })).resolves.toEqual({
      policy: defaults,
    });
    announced = [];
    await auth.client.setOrganizationPolicy({ organizationId, policy: { createPublic: false }, actor });
    expect(announced).toContain(`account:${organizationId}`);
    await auth.client.setOrganizationPolicy({ organizationId, policy: { baseRole: 'none' }, actor });
    await expect(auth.client.getOrganizationPolicy({ organizationId })).resolves.toEqual({
      policy: { ...defaults, createPublic: false, baseRole: 'none' },
    });
  });

  it('keep both of two changes made at the same moment', async () => {
    const { id: organizationId } = await organization();
    await Promise.all([
      auth.client.setOrganizationPolicy({ organizationId, policy: { createPublic: false }, actor }),
      auth.client.setOrganizationPolicy({ organizationId, policy: { createInternal: false }, actor }),
      auth.client.setOrganizationPolicy({ organizationId, policy: { inheritByDefault: false }, actor }),
    ]);
    const { policy } = await auth.client.getOrganizationPolicy({ organizationId });
    expect(policy).toMatchObject({ createPublic: false, createInternal: false, inheritByDefault: false });
  });

  it('bind members who make, change or move repositories, and neither owners nor site administrators', async () => {
    const { id: organizationId } = await organization();
    const member = (await auth.client.createUser({ login: `member-${++counter}` })).account;
    const root = (await auth.client.createUser({ login: `root-${++counter}`, siteAdmin: true })).account;
    await auth.client.setMember({ organizationId, accountId: member.id, role: 'member' });
    await auth.client.setOrganizationPolicy({ organizationId, policy: { createPublic: false }, actor });
    const by = ({ id, login }: Account) => ({ accountId: id, login });
    const make = (who: Account, ownerId = organizationId, visibility: 'public' | 'private' = 'public') =>
      auth.client.createRepository({ ownerId, name: `r-${++counter}`, visibility, actor: by(who) });
    const refusal = { code: 'forbidden', message: expect.stringContaining('only its owners') as unknown };
    await expect(make(member)).rejects.toMatchObject(refusal);
    for (const who of [owner, root]) await make(who);

    const { repository } = await make(member, organizationId, 'private');
    const roleOf = async (accountId: string) =>
      (await auth.client.findRepositoryRole({ repositoryId: repository.id, accountId })).role;
    expect(await roleOf(member.id)).toBe('admin');
    const open = (who: Account) =>
      auth.client.updateRepository({ repositoryId: repository.id, visibility: 'public', actor: by(who) });
    await expect(open(member)).rejects.toMatchObject(refusal);
    await auth.client.updateRepository({ repositoryId: repository.id, name: 'renamed', actor: by(member) });
    await open(owner);

    const { repository: own } = await make(member, member.id);
    const move = (who: Account) =>
      auth.client.transferRepository({
        repositoryId: own.id,
        newOwnerId: organizationId,
        actor: by(who),
      });
    await expect(move(member)).rejects.toMatchObject(refusal);
    await move(root);
  });

  it('are of organizations, not of users', async () => {
    const setting = auth.client.setOrganizationPolicy({ organizationId: owner.id, policy: {}, actor });
    await expect(setting).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('switch formats, announce the switch, and say nothing when nothing changes', async () => {
    await expect(auth.client.getFormatPolicy({ format: 'any' })).resolves.toMatchObject({ state: 'enabled' });
    await auth.client.setFormatPolicy({ format: 'any', state: 'read-only', actor });
    expect(announced).toContain('format-policy:any');
    await expect(auth.client.getFormatPolicy({ format: 'any' })).resolves.toMatchObject({
      state: 'read-only',
    });
    const before = (await auth.eventTypes()).length;
    await auth.client.setFormatPolicy({ format: 'any', state: 'read-only', actor });
    await expect(auth.eventTypes()).resolves.toHaveLength(before);
    await expect(auth.client.listFormatPolicies({})).resolves.toEqual({
      policies: [{ format: 'any', state: 'read-only' }],
    });
    await expect(
      auth.client.setFormatPolicy({ format: '../x', state: 'disabled', actor }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
  });

  describe('of enterprises', () => {
    it('group organizations, each in one at most, and announce all of them', async () => {
      const [one, two] = [await organization(), await organization()];
      const make = async (slug: string) =>
        (await auth.client.createEnterprise({ slug, name: '', actor })).enterprise;
      const [first, second] = [await make('First'), await make('second')];
      await expect(make('FIRST')).rejects.toMatchObject({ code: 'name_taken' });
      await expect(make('not a slug')).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(auth.client.findEnterprise({ slug: 'first' })).resolves.toEqual({ enterprise: first });
      const add = (enterpriseId: string, organizationId: string) =>
        auth.client.addEnterpriseOrganization({ enterpriseId, organizationId, actor });
      await add(first.id, one.id);
      announced = [];
      await add(first.id, two.id);
      expect(announced).toEqual(expect.arrayContaining([`account:${one.id}`, `account:${two.id}`]));
      await expect(add(second.id, one.id)).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(add(first.id, owner.id)).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(
        auth.client.listEnterpriseOrganizations({ enterpriseId: first.id, limit: 1 }),
      ).resolves.toMatchObject({ items: [{ login: one.login }], total: 2 });
      announced = [];
      await auth.client.deleteEnterprise({ enterpriseId: first.id, actor });
      expect(announced).toEqual(expect.arrayContaining([`account:${one.id}`, `account:${two.id}`]));
      await add(second.id, one.id);
      await expect(
        auth.client.removeEnterpriseOrganization({ enterpriseId: second.id, organizationId: two.id, actor }),
      ).rejects.toMatchObject({ code: 'not_found' });
      await expect(auth.client.listEnterprises({})).resolves.toMatchObject({ items: [second], total: 1 });
    });

    it('announce the others when one of their organizations is deleted', async () => {
      const [stays, goes] = [await organization(), await organization()];
      const { enterprise } = await auth.client.createEnterprise({ slug: 'pair', name: '', actor });
      for (const { id: organizationId } of [stays, goes])
        await auth.client.addEnterpriseOrganization({ enterpriseId: enterprise.id, organizationId, actor });
      announced = [];
      await auth.client.deleteAccount({ accountId: goes.id, actor });
      expect(announced).toContain(`account:${stays.id}`);
    });

    it('take an organization once when two enterprises ask at the same moment', async () => {
      const { id: organizationId } = await organization();
      const slugs = ['left', 'right'];
      const made = await Promise.all(
        slugs.map((slug) => auth.client.createEnterprise({ slug, name: slug, actor })),
      );
      const attempts = await Promise.allSettled(
        made.map(({ enterprise }) =>
          auth.client.addEnterpriseOrganization({ enterpriseId: enterprise.id, organizationId, actor }),
        ),
      );
      expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  });
});
