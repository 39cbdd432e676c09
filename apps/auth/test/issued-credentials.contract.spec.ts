import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account, IssuedCredential, Principal } from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { startNats, type DevServer } from '@packhouse/dev-servers';
import { hashToken, HOUR } from '@packhouse/kernel';
import { Authenticate } from '../src/use-cases/authenticate';
import { AuthReplica, someActor as actor } from './support/start-auth';

const password = 'a-long-enough-password';
const ended = { code: 'credentials_invalid' };

/** Two replicas over a real broker: both are asked before each change, so that both remember. */
describe('a credential that a gateway issued', () => {
  const folder = mkdtempSync(join(tmpdir(), 'packhouse-issued-'));
  let postgres: ScratchPostgres;
  let nats: DevServer | null = null;
  let replicas: AuthReplica[] = [];
  let auth: AuthReplica;
  let person: Account;
  let counter = 0;

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    nats = await startNats(folder);
    if (!nats) throw new Error('This suite needs nats-server on PATH.');
    const database = await postgres.createDatabase();
    for (let i = 0; i < 2; i++) replicas.push(await AuthReplica.start(database, {}, nats.url));
    auth = replicas[0]!;
    // The first administrator takes the first account.
    await auth.client.createUser({ login: 'root-user', password, siteAdmin: true });
  }, 120_000);
  beforeEach(async () => {
    person = (await auth.client.createUser({ login: `user-${++counter}`, password })).account;
  });
  afterAll(async () => {
    for (const replica of replicas) await replica.stop();
    replicas = [];
    await nats?.stop();
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  /** What each replica answers: a login, or the code of its refusal. */
  const answersFor = (issued: IssuedCredential): Promise<string[]> =>
    Promise.all(
      replicas.map((replica) =>
        replica
          .get(Authenticate)
          .run({ credential: { kind: 'issued', ...issued } })
          .then(
            ({ principal }) => principal.login,
            ({ code }: { code: string }) => code,
          ),
      ),
    );
  const both = (answer: string): string[] => [answer, answer];

  async function forPassword(): Promise<IssuedCredential> {
    const credential = { kind: 'password', login: person.login, password } as const;
    const { principal, passwordMark } = await auth.client.authenticate({ credential });
    return { accountId: principal.accountId, tokenHash: null, passwordMark };
  }

  async function forToken(): Promise<{ issued: IssuedCredential; tokenId: string; direct: Principal }> {
    const { token, info } = await auth.client.createToken({
      ...{ accountId: person.id, name: 'ci', scopes: ['read:packages'], actor },
      expiresAt: new Date(auth.clock.now().getTime() + HOUR).toISOString(),
    });
    const hash = hashToken(token);
    const { principal } = await auth.client.authenticate({ credential: { kind: 'token', hash } });
    const issued = { accountId: person.id, tokenHash: hash, passwordMark: null };
    return { issued, tokenId: info.id, direct: principal };
  }

  it('stands for the access token behind it, with the limits of that one, until it is revoked', async () => {
    const { issued, tokenId, direct } = await forToken();
    const asked = { credential: { kind: 'issued', ...issued } } as const;
    expect((await auth.client.authenticate(asked)).principal).toEqual(direct);
    expect(direct.scopes).toEqual(['read:packages']);
    expect(await answersFor(issued)).toEqual(both(person.login));
    await auth.client.revokeToken({ accountId: person.id, tokenId, actor });
    expect(await answersFor(issued)).toEqual(both(ended.code));
  });

  it('ends when the access token expires', async () => {
    const { issued } = await forToken();
    auth.clock.advance(2 * HOUR);
    await expect(
      auth.get(Authenticate).run({ credential: { kind: 'issued', ...issued } }),
    ).rejects.toMatchObject(ended);
  });

  it('is nothing with the token of one account and the name of another', async () => {
    const { issued } = await forToken();
    const other = (await auth.client.createUser({ login: `other-${counter}`, password })).account;
    expect(await answersFor({ ...issued, accountId: other.id })).toEqual(both(ended.code));
  });

  it('stands for a password until that is changed, also to the same one again', async () => {
    const issued = await forPassword();
    expect(issued.passwordMark).toMatch(/^[0-9a-f]{32}$/);
    expect(await answersFor(issued)).toEqual(both(person.login));
    const change = { accountId: person.id, oldPassword: password, newPassword: password };
    await auth.client.changePassword({ ...change, actor });
    expect(await answersFor(issued)).toEqual(both(ended.code));
    expect(await answersFor(await forPassword())).toEqual(both(person.login));
  });

  it('ends with the account, and does nothing while that is suspended', async () => {
    const issued = [await forPassword(), (await forToken()).issued];
    for (const one of issued) expect(await answersFor(one)).toEqual(both(person.login));
    const suspension = { accountId: person.id, actor };
    await auth.client.setSuspended({ ...suspension, suspended: true });
    for (const one of issued) expect(await answersFor(one)).toEqual(both('forbidden'));
    await auth.client.setSuspended({ ...suspension, suspended: false });
    for (const one of issued) expect(await answersFor(one)).toEqual(both(person.login));
    await auth.client.deleteAccount({ accountId: person.id, actor });
    for (const one of issued) expect(await answersFor(one)).toEqual(both(ended.code));
  });

  it('of a bare password ends when the account begins to ask for a second factor', async () => {
    const [issued, { issued: ofToken }] = [await forPassword(), await forToken()];
    expect(await answersFor(issued)).toEqual(both(person.login));
    await auth.database.query(`UPDATE accounts SET two_factor = 'auth' WHERE id = $1`, [person.id]);
    // Announces the account, as switching the factor on does.
    await auth.client.updateAccount({ accountId: person.id, displayName: 'P', actor });
    expect(await answersFor(issued)).toEqual(both('otp_required'));
    expect(await answersFor(ofToken)).toEqual(both(person.login));
  });

  it('is nothing without anything behind it', async () => {
    const nobody = '01900000-0000-7000-8000-00000000dead';
    const nothing = { tokenHash: null, passwordMark: null };
    expect(await answersFor({ accountId: person.id, ...nothing })).toEqual(both(ended.code));
    expect(await answersFor({ ...nothing, accountId: person.id, passwordMark: '' })).toEqual(
      both(ended.code),
    );
    const { passwordMark } = await forPassword();
    expect(await answersFor({ accountId: nobody, tokenHash: null, passwordMark })).toEqual(both(ended.code));
  });
});
