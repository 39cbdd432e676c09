import { newId } from '@packhouse/kernel';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import type { Account } from '@packhouse/contracts';
import { someActor, startAuth, type AuthReplica } from './support/start-auth';

const hostileTexts = [
  '__proto__',
  'constructor',
  '',
  ' ',
  'a b',
  '../etc',
  'ünïcode',
  'ｆｕｌｌ',
  '\u0000',
  'a\nb',
  '-a',
  'a--b',
  'x'.repeat(10_000),
  '🦊',
  "';--",
];

describe('accounts', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let counter = 0;
  const user = async (): Promise<Account> =>
    (await auth.client.createUser({ login: `user-${++counter}` })).account;
  const organization = async (owner: Account): Promise<Account> =>
    (await auth.client.createOrganization({ login: `org-${++counter}`, ownerAccountId: owner.id })).account;

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres);
  }, 60_000);
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  describe('are made', () => {
    it('and found by login without regard to case', async () => {
      const { account } = await auth.client.createUser({
        login: 'Ada-L',
        email: 'ada@example.org',
        displayName: ' Ada ',
      });
      expect(account).toMatchObject({
        kind: 'user',
        login: 'Ada-L',
        displayName: 'Ada',
        siteAdmin: false,
        twoFactor: 'off',
        profile: {},
      });
      await expect(auth.client.findAccount({ login: 'ADA-l' })).resolves.toEqual({ account });
      await expect(auth.client.getAccounts({ ids: [account.id, newId()] })).resolves.toEqual({
        accounts: [account],
      });
    });

    it('once for each login, whatever its case and kind', async () => {
      const owner = await user();
      await expect(auth.client.createUser({ login: owner.login.toUpperCase() })).rejects.toMatchObject({
        code: 'name_taken',
      });
      await expect(
        auth.client.createOrganization({ login: owner.login, ownerAccountId: owner.id }),
      ).rejects.toMatchObject({ code: 'name_taken' });
    });

    it('once when twenty ask for the same login at the same moment', async () => {
      const attempts = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) => auth.client.createUser({ login: i % 2 ? 'racer' : 'RACER' })),
      );
      expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const one of attempts)
        if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'name_taken' });
    });

    it('never with a login that cannot be one', async () => {
      for (const login of [...hostileTexts, 'v2', '_registry', 'API'])
        await expect(auth.client.createUser({ login })).rejects.toMatchObject({ code: 'invalid_request' });
    });

    it('never with control characters in a name', async () => {
      for (const displayName of ['a\u0000b', 'a\u202egnp', 'a\nb'])
        await expect(
          auth.client.createUser({ login: `user-${++counter}`, displayName }),
        ).rejects.toMatchObject({ code: 'invalid_request' });
    });

    it('with an event in the same transaction', async () => {
      const before = (await auth.eventTypes()).length;
      await auth.client.createUser({ login: 'ada-l' }).catch(() => undefined);
      expect(await auth.eventTypes()).toHaveLength(before);
      await user();
      expect((await auth.eventTypes()).slice(before)).toEqual(['account.created']);
    });
  });

  it('are found at once after somebody looked for them in vain', async () => {
    await expect(auth.client.findAccount({ login: 'latecomer' })).resolves.toEqual({ account: null });
    await auth.client.createUser({ login: 'latecomer' });
    await expect(auth.client.findAccount({ login: 'latecomer' })).resolves.toMatchObject({
      account: { login: 'latecomer' },
    });
  });

  it('are not found under hostile names, without an error', async () => {
    for (const login of hostileTexts)
      await expect(auth.client.findAccount({ login })).resolves.toEqual({ account: null });
  });

  it('are listed by login in pages that join without gap or repetition', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: Account[]; next: string | null } = await auth.client.listAccounts({
        kind: 'user',
        cursor,
        limit: 3,
      });
      seen.push(...page.items.map(({ login }) => login.toLowerCase()));
      cursor = page.next;
    } while (cursor !== null);
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(seen).toContain('racer');
    await expect(auth.client.listAccounts({ cursor: "'; DROP TABLE accounts --" })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('keep profile fields that are given, drop empty ones and leave others alone', async () => {
    const { id, login } = await user();
    await auth.client.updateAccount({
      actor: someActor,
      accountId: id,
      profile: { homepage: 'https://example.org', fullname: 'Ada' },
    });
    const { account } = await auth.client.updateAccount({
      actor: someActor,
      accountId: id,
      displayName: 'A',
      profile: { homepage: '', github: 'ada' },
    });
    expect(account).toMatchObject({ displayName: 'A', profile: { fullname: 'Ada', github: 'ada' } });
    await expect(auth.client.findAccount({ login })).resolves.toMatchObject({
      account: { displayName: 'A' },
    });
    const hostile = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
    await auth.client
      .updateAccount({ actor: someActor, accountId: id, profile: hostile })
      .catch(() => undefined);
    await expect(
      auth.client.updateAccount({ actor: someActor, accountId: id, profile: { 'a b': 'x' } }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(auth.client.getAccounts({ ids: [id] })).resolves.toMatchObject({
      accounts: [{ profile: { fullname: 'Ada', github: 'ada' } }],
    });
  });

  it('keep both of two changes made at the same moment', async () => {
    const { id: accountId } = await user();
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        auth.client.updateAccount({ actor: someActor, accountId, profile: { [`field${i}`]: 'x' } }),
      ),
    );
    const { accounts } = await auth.client.getAccounts({ ids: [accountId] });
    expect(Object.keys(accounts[0]!.profile)).toHaveLength(8);
  });

  describe('of organizations', () => {
    it('begin with their owner and take members', async () => {
      const [owner, member] = [await user(), await user()];
      const { id: organizationId } = await organization(owner);
      await auth.client.setMember({ organizationId, accountId: member.id, role: 'member' });
      const { items } = await auth.client.listMembers({ organizationId });
      expect(items.map(({ login, role }) => [login, role])).toEqual([
        [owner.login, 'owner'],
        [member.login, 'member'],
      ]);
      await auth.client.removeMember({ organizationId, accountId: member.id });
      await expect(auth.client.findMembership({ organizationId, accountId: member.id })).resolves.toEqual({
        role: null,
      });
      await expect(auth.client.removeMember({ organizationId, accountId: member.id })).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    it('keep their last owner', async () => {
      const owner = await user();
      const { id: organizationId } = await organization(owner);
      await expect(auth.client.removeMember({ organizationId, accountId: owner.id })).rejects.toMatchObject({
        code: 'forbidden',
      });
      await expect(
        auth.client.setMember({ organizationId, accountId: owner.id, role: 'member' }),
      ).rejects.toMatchObject({ code: 'forbidden' });
    });

    it('keep one owner when two owners are removed at the same moment', async () => {
      for (let round = 0; round < 5; round++) {
        const [one, two] = [await user(), await user()];
        const { id: organizationId } = await organization(one);
        await auth.client.setMember({ organizationId, accountId: two.id, role: 'owner' });
        const attempts = await Promise.allSettled([
          auth.client.removeMember({ organizationId, accountId: one.id }),
          auth.client.setMember({ organizationId, accountId: two.id, role: 'member' }),
        ]);
        expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const { items } = await auth.client.listMembers({ organizationId });
        expect(items.filter(({ role }) => role === 'owner')).toHaveLength(1);
      }
    });

    it('have users as members, nothing else, and users have no members', async () => {
      const owner = await user();
      const first = await organization(owner);
      const second = await organization(owner);
      const setMember = (organizationId: string, accountId: string) =>
        auth.client.setMember({ organizationId, accountId, role: 'member' });
      await expect(setMember(first.id, second.id)).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(setMember(owner.id, (await user()).id)).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(setMember(first.id, newId())).rejects.toMatchObject({ code: 'not_found' });
      await expect(setMember(newId(), owner.id)).rejects.toMatchObject({ code: 'not_found' });
      await expect(
        auth.client.createOrganization({ login: 'nobodys', ownerAccountId: first.id }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
    });
  });

  describe('own repositories', () => {
    it('of one name each, found without regard to case', async () => {
      const owner = await user();
      const { repository } = await auth.client.createRepository({ ownerId: owner.id, name: 'My.Repo_1' });
      expect(repository).toMatchObject({ ownerLogin: owner.login, name: 'My.Repo_1', visibility: 'private' });
      await expect(
        auth.client.createRepository({ ownerId: owner.id, name: 'my.repo_1' }),
      ).rejects.toMatchObject({ code: 'name_taken' });
      await expect(
        auth.client.findRepository({ ownerLogin: owner.login.toUpperCase(), name: 'MY.REPO_1' }),
      ).resolves.toEqual({ repository });
      await expect(auth.client.listRepositories({ ownerId: owner.id })).resolves.toEqual({
        items: [repository],
        next: null,
      });
    });

    it('never under a name that would break a path', async () => {
      const owner = await user();
      for (const name of ['.', '..', 'a/b', 'a.git', '', 'a b', '\u0000', 'ü', 'x'.repeat(101)]) {
        await expect(auth.client.createRepository({ ownerId: owner.id, name })).rejects.toMatchObject({
          code: 'invalid_request',
        });
        await expect(auth.client.findRepository({ ownerLogin: owner.login, name })).resolves.toEqual({
          repository: null,
        });
      }
    });
  });
});
