import { workflowAccount, type Account, type TokenLimits } from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { DAY, hashToken, MINUTE, newId } from '@packhouse/kernel';
import { FirstAdministrator } from '../src';
import { AuthReplica, someActor, startAuth } from './support/start-auth';

describe('fine-grained and workflow tokens', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let counter = 0;
  const user = async (): Promise<Account> =>
    (await auth.client.createUser({ login: `u-${++counter}` })).account;
  const inMs = (ms: number): string => new Date(auth.clock.now().getTime() + ms).toISOString();
  const authenticate = (text: string) =>
    auth.client.authenticate({ credential: { kind: 'token', hash: hashToken(text) } });
  const fineGrained = (accountId: string, limits: TokenLimits, expiresAt: string | null = inMs(DAY)) =>
    auth.client.createToken({ accountId, name: 'robot', scopes: [], limits, expiresAt, actor: someActor });
  const repositoryOf = async (ownerId: string) =>
    (await auth.client.createRepository({ ownerId, name: `repo-${++counter}` })).repository;
  const workflowToken = (repositoryId: string, lifetimeMinutes: number | null = null) =>
    auth.client.createWorkflowToken({
      ...{ repositoryId, role: 'write', name: 'build 7', lifetimeMinutes, actor: someActor },
    });

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres);
  }, 60_000);
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  it('leave room for the first administrator: the account of workflows is nobody', async () => {
    const rows = await auth.database.query<{ kind: string }>(
      'SELECT kind FROM accounts WHERE site_admin OR kind = $1 ORDER BY kind',
      ['bot'],
    );
    expect(rows.map(({ kind }) => kind)).toEqual(['bot', 'user']);
    expect(await auth.get(FirstAdministrator).ensureFirstAdministrator()).toBeNull();
  });

  describe('a fine-grained token', () => {
    it('carries its limits to whoever decides, and no scopes', async () => {
      const { id, login } = await user();
      const limits: TokenLimits = { ownerId: id, packages: ['@acme/*', 'lib'], actions: ['read', 'write'] };
      const { token, info } = await fineGrained(id, limits);
      expect(info).toMatchObject({
        kind: 'fine-grained',
        limits,
        workflow: null,
        scopes: [],
        readonly: false,
      });
      const { principal } = await authenticate(token);
      expect(principal).toMatchObject({ accountId: id, login, scopes: null, limits, workflow: null });
      const { items } = await auth.client.listTokens({ accountId: id });
      expect(items).toEqual([info]);
    });

    it('is shown as read-only when it may only read', async () => {
      const { id } = await user();
      const { info } = await fineGrained(id, { ownerId: id, packages: null, actions: ['read'] });
      expect(info.readonly).toBe(true);
    });

    it('must expire, within the days that the settings say', async () => {
      const { id } = await user();
      const limits: TokenLimits = { ownerId: id, packages: null, actions: ['read'] };
      await expect(fineGrained(id, limits, null)).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(fineGrained(id, limits, inMs(366 * DAY + MINUTE))).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining('366 days') as unknown,
      });
      await expect(fineGrained(id, limits, inMs(366 * DAY))).resolves.toBeDefined();
    });

    it('has no scopes beside its limits, and an owner that is there', async () => {
      const { id } = await user();
      const limits: TokenLimits = { ownerId: id, packages: null, actions: ['read'] };
      const both = { accountId: id, name: 'x', scopes: ['user' as const], limits, expiresAt: inMs(DAY) };
      await expect(auth.client.createToken({ ...both, actor: someActor })).rejects.toMatchObject({
        code: 'invalid_request',
      });
      await expect(fineGrained(id, { ...limits, ownerId: newId() })).rejects.toMatchObject({
        code: 'not_found',
      });
    });
  });

  describe('a workflow token', () => {
    it('acts as the workflow of its repository, for an hour', async () => {
      const { id: ownerId } = await user();
      const repository = await repositoryOf(ownerId);
      const { token, info } = await workflowToken(repository.id);
      const workflow = { ownerId, repositoryId: repository.id, role: 'write' };
      expect(info).toMatchObject({ kind: 'workflow', workflow, limits: null, expiresAt: inMs(60 * MINUTE) });
      const { principal } = await authenticate(token);
      expect(principal).toMatchObject({
        ...{ accountId: workflowAccount.id, login: workflowAccount.login, siteAdmin: false },
        ...{ scopes: null, limits: null, workflow, twoFactor: 'off' },
      });
      auth.clock.advance(60 * MINUTE);
      await expect(authenticate(token)).rejects.toMatchObject({ code: 'credentials_invalid' });
    });

    it('lives a day at most, and needs a repository that is there', async () => {
      const repository = await repositoryOf((await user()).id);
      await expect(workflowToken(repository.id, 1441)).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(workflowToken(repository.id, 1440)).resolves.toBeDefined();
      await expect(workflowToken(newId())).rejects.toMatchObject({ code: 'not_found' });
    });

    it('ends with its repository, and follows it to another owner', async () => {
      const [from, to] = [await user(), await user()];
      const repository = await repositoryOf(from.id);
      const { token } = await workflowToken(repository.id);
      await auth.database.query('UPDATE repositories SET owner_id = $2 WHERE id = $1', [
        repository.id,
        to.id,
      ]);
      expect((await authenticate(token)).principal.workflow?.ownerId).toBe(to.id);
      const second = await workflowToken(repository.id);
      await auth.database.query('DELETE FROM repositories WHERE id = $1', [repository.id]);
      await expect(authenticate(second.token)).rejects.toMatchObject({ code: 'credentials_invalid' });
    });

    it('is listed and revoked by its repository, never by another one', async () => {
      const { id: ownerId } = await user();
      const [mine, other] = [await repositoryOf(ownerId), await repositoryOf(ownerId)];
      const { token, info } = await workflowToken(mine.id);
      const accountId = workflowAccount.id;
      expect((await auth.client.listTokens({ accountId, repositoryId: mine.id })).items).toEqual([info]);
      expect((await auth.client.listTokens({ accountId, repositoryId: other.id })).items).toEqual([]);
      const revoke = (repositoryId: string) =>
        auth.client.revokeToken({ accountId, repositoryId, tokenId: info.id, actor: someActor });
      await expect(revoke(other.id)).rejects.toMatchObject({ code: 'not_found' });
      await authenticate(token);
      await revoke(mine.id);
      await expect(authenticate(token)).rejects.toMatchObject({ code: 'credentials_invalid' });
    });

    it('is recorded with what it reaches and who made it', async () => {
      const repository = await repositoryOf((await user()).id);
      const { info } = await workflowToken(repository.id);
      const [row] = await auth.database.query<{ payload: unknown; actor: unknown }>(
        `SELECT payload, actor FROM outbox WHERE type = 'token.created' ORDER BY id DESC LIMIT 1`,
      );
      expect(row?.payload).toMatchObject({ tokenId: info.id, kind: 'workflow', workflow: info.workflow });
      expect(row?.actor).toMatchObject(someActor);
    });

    it('is for nobody to sign in with: the account of workflows has no password', async () => {
      for (const password of ['', 'password', workflowAccount.login])
        await expect(auth.client.signIn({ login: workflowAccount.login, password })).rejects.toMatchObject({
          code: 'credentials_invalid',
        });
    });
  });
});
