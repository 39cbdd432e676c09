import type { Account, PackageAction, PackageRole, Principal, Visibility } from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { newId } from '@packhouse/kernel';
import { DatabaseWatch } from '@packhouse/testing';
import { Questions } from '../src/facts/questions';
import { GrantCreator } from '../src/use-cases/grant-creator';
import { startAuth, type AuthReplica } from './support/start-auth';

const watch = new DatabaseWatch();

describe('decisions', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let counter = 0;
  let owner: Account;
  let member: Account;
  let stranger: Account;
  let acme: Account;

  const user = async (): Promise<Account> =>
    (await auth.client.createUser({ login: `user-${++counter}` })).account;
  const as = ({ id, login, siteAdmin }: Account, limits: Partial<Principal> = {}): Principal => ({
    ...{
      accountId: id,
      login,
      siteAdmin,
      tokenId: null,
      scopes: null,
      limits: null,
      workflow: null,
      expiresAt: null,
      twoFactor: 'off' as const,
    },
    ...limits,
  });
  const subject = (of: Account, existing: { id: string; visibility: Visibility } | null) => ({
    ...{ ownerId: of.id, ownerLogin: of.login, name: `@${of.login}/tool` },
    ...{ format: 'toy', scope: 'owner' as const, repositoryId: null, newVisibility: 'private' as const },
    package: existing && { ...existing, inheritsAccess: false },
  });
  /** A private package as giving access to it wants it. */
  const shared = (packageId: string, of: Account = acme) => ({
    ...{ packageId, ownerId: of.id, visibility: 'private' as const, inheritsAccess: false },
  });
  const privatePackage = () => ({ id: newId(), visibility: 'private' as const });
  async function decide(
    action: PackageAction,
    principal: Principal | null,
    about: ReturnType<typeof subject>,
  ): Promise<string> {
    const decision = await auth.client.decide({ principal, action, subject: about });
    return decision.allowed ? 'allowed' : decision.code;
  }

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres);
    [owner, member, stranger] = [await user(), await user(), await user()];
    acme = (await auth.client.createOrganization({ login: 'acme', ownerAccountId: owner.id })).account;
    await auth.client.setMember({ organizationId: acme.id, accountId: member.id, role: 'member' });
  }, 60_000);
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  it('follow memberships', async () => {
    const about = subject(acme, privatePackage());
    expect(await decide('admin', as(owner), about)).toBe('allowed');
    expect(await decide('read', as(member), about)).toBe('not_found');
    expect(await decide('read', as(stranger), about)).toBe('not_found');
    expect(await decide('read', null, about)).toBe('unauthenticated');
    expect(await decide('write', as(member), subject(acme, null))).toBe('allowed');
    expect(await decide('write', as(stranger), subject(acme, null))).toBe('forbidden');
    expect(await decide('read', as(member), subject(acme, { id: newId(), visibility: 'internal' }))).toBe(
      'allowed',
    );
  });

  it('follow ownership', async () => {
    const about = subject(stranger, privatePackage());
    expect(await decide('delete', as(stranger), about)).toBe('allowed');
    expect(await decide('read', as(owner), about)).toBe('not_found');
    expect(await decide('write', as(stranger), subject(stranger, null))).toBe('allowed');
    expect(await decide('write', as(owner), subject(stranger, null))).toBe('forbidden');
  });

  it('change in the moment in which a grant is answered', async () => {
    const existing = privatePackage();
    const about = subject(acme, existing);
    const grantOf = (role: PackageRole) =>
      auth.client.setGrant({ ...shared(existing.id), accountId: member.id, role });
    expect(await decide('read', as(member), about)).toBe('not_found');
    await grantOf('read');
    expect(await decide('read', as(member), about)).toBe('allowed');
    expect(await decide('write', as(member), about)).toBe('forbidden');
    await grantOf('write');
    expect(await decide('write', as(member), about)).toBe('allowed');
    expect(await decide('delete', as(member), about)).toBe('forbidden');
    await grantOf('admin');
    expect(await decide('delete', as(member), about)).toBe('allowed');
    await auth.client.removeGrant({ ...shared(existing.id), accountId: member.id });
    expect(await decide('read', as(member), about)).toBe('not_found');
    await expect(
      auth.client.removeGrant({ ...shared(existing.id), accountId: member.id }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  it('change in the moment in which a membership is answered', async () => {
    const about = subject(acme, { id: newId(), visibility: 'internal' });
    const { id: accountId } = stranger;
    expect(await decide('read', as(stranger), about)).toBe('not_found');
    await auth.client.setMember({ organizationId: acme.id, accountId, role: 'owner' });
    expect(await decide('admin', as(stranger), about)).toBe('allowed');
    await auth.client.setMember({ organizationId: acme.id, accountId, role: 'member' });
    expect(await decide('admin', as(stranger), about)).toBe('forbidden');
    await auth.client.removeMember({ organizationId: acme.id, accountId });
    expect(await decide('read', as(stranger), about)).toBe('not_found');
  });

  it('hold a token to its scopes and its expiry', async () => {
    const about = subject(acme, privatePackage());
    expect(await decide('write', as(owner, { scopes: ['read:packages'] }), about)).toBe('forbidden');
    const expiresAt = new Date(auth.clock.now().getTime() - 1).toISOString();
    expect(await decide('read', as(owner, { expiresAt }), about)).toBe('credentials_invalid');
  });

  it('treat an owner that does not exist as foreign', async () => {
    const nobody = { ...acme, id: newId(), login: 'nobody' };
    expect(await decide('write', as(owner), subject(nobody, null))).toBe('forbidden');
    expect(await decide('read', as(owner), subject(nobody, privatePackage()))).toBe('not_found');
  });

  it('ask nobody when the facts are known', async () => {
    const existing = privatePackage();
    const about = subject(acme, existing);
    const ask = () => auth.client.decide({ principal: as(owner), action: 'read', subject: about });
    expect(await watch.statementsOf(ask)).toHaveLength(1);
    expect(await watch.statementsOf(() => Promise.all(Array.from({ length: 100 }, ask)))).toEqual([]);
    // Not even a promise: there is nothing that it could wait for. What it costs then is in the benchmark.
    const gather = () => auth.get(Questions).gather(as(owner), about);
    expect(gather()).not.toBeInstanceOf(Promise);
    await auth.client.setGrant({ ...shared(existing.id), accountId: member.id, role: 'read' });
    expect(gather()).toBeInstanceOf(Promise);
    await auth.client.removeGrant({ ...shared(existing.id), accountId: member.id });
  });

  describe('grants', () => {
    it('are listed by package and by account', async () => {
      const packageId = newId();
      for (const [account, role] of [
        [member, 'write'],
        [stranger, 'read'],
      ] as const)
        await auth.client.setGrant({
          ...shared(packageId),
          visibility: 'public',
          accountId: account.id,
          role,
        });
      const { grants } = await auth.client.listGrants({ packageId });
      expect(grants.map(({ login, role }) => [login, role])).toEqual([
        [member.login, 'write'],
        [stranger.login, 'read'],
      ]);
      const { items } = await auth.client.listGrantsOfAccount({ accountId: member.id });
      expect(items).toEqual([
        { packageId, accountId: member.id, login: member.login, email: null, role: 'write' },
      ]);
    });

    it('are given to users that exist', async () => {
      const packageId = newId();
      await expect(
        auth.client.setGrant({ ...shared(packageId), accountId: acme.id, role: 'read' }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(
        auth.client.setGrant({ ...shared(packageId), accountId: newId(), role: 'read' }),
      ).rejects.toMatchObject({ code: 'not_found' });
    });

    it('make the creator of a package its admin once, whatever is delivered again', async () => {
      const about = { id: newId(), visibility: 'private' as const };
      const payload = {
        packageId: about.id,
        ownerId: acme.id,
        format: 'any',
        name: 'x',
        revision: 1,
        visibility: about.visibility,
        ...{ repositoryId: null, inheritsAccess: false },
      };
      const event = {
        id: newId(),
        type: 'package.created',
        source: 'metadata',
        occurredAt: '2026-01-01T00:00:00Z',
        actor: { accountId: member.id, login: member.login, tokenId: null, address: null, requestId: null },
        payload,
      };
      await auth.get(GrantCreator).run(event);
      expect(await decide('admin', as(member), subject(acme, about))).toBe('allowed');
      await auth.client.removeGrant({ ...shared(about.id), accountId: member.id });
      await auth.get(GrantCreator).run(event);
      expect(await decide('read', as(member), subject(acme, about))).toBe('not_found');
    });

    it('of the creator do not weaken a role that was given before', async () => {
      const packageId = newId();
      await auth.client.setGrant({ ...shared(packageId), accountId: member.id, role: 'read' });
      const payload = {
        packageId,
        ownerId: acme.id,
        format: 'any',
        name: 'x',
        revision: 1,
        visibility: 'private' as const,
        ...{ repositoryId: null, inheritsAccess: false },
      };
      await auth.get(GrantCreator).run({
        id: newId(),
        type: 'package.created',
        source: 'metadata',
        occurredAt: '',
        actor: { accountId: member.id, login: member.login, tokenId: null, address: null, requestId: null },
        payload,
      });
      await expect(auth.client.listGrants({ packageId })).resolves.toMatchObject({
        grants: [{ role: 'read' }],
      });
    });
  });

  describe('about everything', () => {
    it('name the owners and packages that a caller may read', async () => {
      const reader = await user();
      const packageId = newId();
      await auth.client.setGrant({ ...shared(packageId, member), accountId: reader.id, role: 'read' });
      await expect(auth.client.listReadable({ principal: as(reader) })).resolves.toMatchObject({
        ownerIds: [reader.id],
        packageIds: [packageId],
      });
      const { ownerIds } = await auth.client.listReadable({ principal: as(owner) });
      expect(ownerIds).toEqual([owner.id, acme.id]);
      const ofMember = await auth.client.listReadable({ principal: as(member) });
      expect(ofMember.ownerIds).toEqual([member.id]);
    });

    it('name nothing for nobody and for tokens that may not read', async () => {
      for (const principal of [null, as(owner, { scopes: ['delete:packages'] })])
        await expect(auth.client.listReadable({ principal })).resolves.toMatchObject({
          ownerIds: [],
          packageIds: [],
        });
    });
  });

  describe('kept secrets', () => {
    it('have the value of whoever came first, for everybody', async () => {
      const kept = await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          auth.client.keepSecret({ name: 'signing-key', candidate: `key ${i}\n` }),
        ),
      );
      expect(new Set(kept.map(({ value }) => value)).size).toBe(1);
      await expect(auth.client.keepSecret({ name: 'signing-key', candidate: 'late' })).resolves.toEqual(
        kept[0],
      );
    });

    it('have a plain name', async () => {
      for (const name of ['', '__proto__', 'a b', '\u0000'])
        await expect(auth.client.keepSecret({ name, candidate: 'x' })).rejects.toMatchObject({
          code: 'invalid_request',
        });
    });
  });
});
