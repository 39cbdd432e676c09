import type { Account, Credential } from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { hashToken, sha256Hex } from '@packhouse/kernel';
import { AuthReplica, someActor as actor, startAuth } from './support/start-auth';

const password = 'a-long-enough-password';

describe('a suspended account', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let person: Account;
  let counter = 0;

  const user = async (siteAdmin = false): Promise<Account> =>
    (await auth.client.createUser({ login: `user-${++counter}`, password, siteAdmin })).account;
  const suspend = ({ id: accountId }: Account, reason: string | null = null) =>
    auth.client.setSuspended({ accountId, suspended: true, reason, actor });
  const unsuspend = ({ id: accountId }: Account) =>
    auth.client.setSuspended({ accountId, suspended: false, actor });
  const authenticate = (credential: Credential) => auth.client.authenticate({ credential });
  const byToken = (text: string): Credential => ({ kind: 'token', hash: hashToken(text) });
  const workflowToken = async (ownerId: string, maker: Account) => {
    const { repository } = await auth.client.createRepository({ ownerId, name: `repo-${++counter}` });
    const made = { repositoryId: repository.id, role: 'write', name: 'build' } as const;
    const by = { accountId: maker.id, login: maker.login };
    return byToken((await auth.client.createWorkflowToken({ ...made, actor: by })).token);
  };

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres);
  }, 60_000);
  beforeEach(async () => {
    person = await user();
  });
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  it('is refused by every credential that worked before, and says why; afterwards each works again', async () => {
    const accountId = person.id;
    const { token } = await auth.client.createToken({ accountId, name: 't', scopes: ['repo'], actor });
    const start = () =>
      auth.client.startSession({ login: person.login, password, address: '192.0.2.7', userAgent: 'b' });
    const { session } = await start();
    const credentials: Credential[] = [
      byToken(token),
      { kind: 'session', hash: sha256Hex(session) },
      { kind: 'password', login: person.login, password },
      { kind: 'password', login: 'anybody', password: token },
    ];
    for (const credential of credentials) await authenticate(credential);
    await suspend(person);
    const refusal = {
      code: 'forbidden',
      message: `The account "${person.login}" is suspended: ask a site administrator of this instance to lift that.`,
    };
    for (const credential of credentials)
      await expect(authenticate(credential)).rejects.toMatchObject(refusal);
    await expect(start()).rejects.toMatchObject(refusal);
    await expect(
      auth.client.explainDecision({
        who: { kind: 'account', accountId },
        action: 'read',
        subject: { ownerId: accountId, ownerLogin: person.login, name: 'x', format: 'toy', package: null },
      }),
    ).rejects.toMatchObject(refusal);
    await unsuspend(person);
    for (const credential of credentials)
      expect((await authenticate(credential)).principal).toMatchObject({ accountId });
  });

  it('is not given away to who does not know its password', async () => {
    await suspend(person);
    const guess = { kind: 'password', login: person.login, password: 'not-that-password' } as const;
    await expect(authenticate(guess)).rejects.toMatchObject({ code: 'credentials_invalid' });
  });

  it('takes along the workflows of its repositories and those whose token it made', async () => {
    const other = await user();
    const { account: acme } = await auth.client.createOrganization({
      ...{ login: `org-${++counter}`, ownerAccountId: other.id },
    });
    const own = await workflowToken(person.id, other);
    const made = await workflowToken(acme.id, person);
    const foreign = await workflowToken(acme.id, other);
    for (const credential of [own, made, foreign]) await authenticate(credential);
    await suspend(person);
    for (const credential of [own, made])
      await expect(authenticate(credential)).rejects.toMatchObject({
        code: 'forbidden',
        message: expect.stringContaining(person.login) as unknown,
      });
    await authenticate(foreign);
    await unsuspend(person);
    for (const credential of [own, made]) await authenticate(credential);
  });

  it('keeps what it has, shows since when, and is in the record with the reason, once', async () => {
    const { repository } = await auth.client.createRepository({ ownerId: person.id, name: 'kept' });
    await suspend(person, 'laptop stolen');
    await suspend(person);
    const { account } = await auth.client.findAccount({ login: person.login });
    expect(account?.suspendedAt).toBe(auth.clock.now().toISOString());
    const found = await auth.client.findRepository({ ownerLogin: person.login, name: 'kept' });
    expect(found.repository?.id).toBe(repository.id);
    await unsuspend(person);
    await unsuspend(person);
    expect((await auth.client.findAccount({ login: person.login })).account?.suspendedAt).toBeNull();
    const events = await auth.database.query(
      `SELECT type, payload->>'reason' AS reason FROM outbox
       WHERE payload->>'accountId' = $1 AND type LIKE 'account.%suspended' ORDER BY id`,
      [person.id],
    );
    expect(events).toEqual([
      { type: 'account.suspended', reason: 'laptop stolen' },
      { type: 'account.unsuspended', reason: null },
    ]);
  });

  it('is never the last site administrator who can sign in, also when two go at the same moment', async () => {
    const { items } = await auth.client.listAccountsByNumber({ kind: 'user', limit: 100 });
    const first = items.find(({ siteAdmin }) => siteAdmin) ?? (await user(true));
    await expect(suspend(first)).rejects.toMatchObject({ code: 'forbidden' });
    const second = await user(true);
    const attempts = await Promise.allSettled([suspend(first), suspend(second)]);
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const remaining = attempts[0].status === 'fulfilled' ? second : first;
    const last = { accountId: remaining.id, actor };
    await expect(auth.client.setSiteAdministrator({ ...last, siteAdmin: false })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(auth.client.deleteAccount(last)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is a person: organizations and what runs workflows are not suspended', async () => {
    const { account: acme } = await auth.client.createOrganization({
      ...{ login: `org-${++counter}`, ownerAccountId: person.id },
    });
    await expect(suspend(acme)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
