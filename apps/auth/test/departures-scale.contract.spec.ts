import type { Account } from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { DatabaseWatch } from '@packhouse/testing';
import { someActor as actor, startAuth, type AuthReplica } from './support/start-auth';

const MANY = 10_000;
/** Whoever sends one for each thing sends ten thousand, and the caller gives up before they are done. */
const MOST_STATEMENTS = 200;
const watch = new DatabaseWatch();

describe('who goes with ten thousand things', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let acme: Account;
  let member: Account;

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres);
    const owner = (await auth.client.createUser({ login: 'owner' })).account;
    acme = (await auth.client.createOrganization({ login: 'acme', ownerAccountId: owner.id })).account;
    member = (await auth.client.createUser({ login: 'member' })).account;
    await auth.client.setMember({ organizationId: acme.id, accountId: member.id, role: 'member' });
    await auth.database.query(
      `INSERT INTO grants (package_id, owner_id, account_id, role)
       SELECT gen_random_uuid(), $1, $2, 'write' FROM generate_series(1, ${MANY})`,
      [acme.id, member.id],
    );
    await auth.database.query(
      `INSERT INTO repositories (id, owner_id, name, name_key, visibility, created_at)
       SELECT gen_random_uuid(), $1, 'r' || n, 'r' || n, 'private', now() FROM generate_series(1, ${MANY}) n`,
      [member.id],
    );
  }, 120_000);
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  async function countEvents(type: string): Promise<number> {
    const rows = await auth.database.query<{ count: number }>(
      `SELECT count(DISTINCT payload)::int AS count FROM outbox WHERE type = $1`,
      [type],
    );
    return rows[0]?.count ?? 0;
  }

  async function expectFew(work: () => Promise<unknown>): Promise<void> {
    const sent = await watch.statementsOf(work);
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.length).toBeLessThan(MOST_STATEMENTS);
  }

  it('leaves an organization while somebody waits, with an entry for each grant', async () => {
    const leave = () => auth.client.removeMember({ organizationId: acme.id, accountId: member.id, actor });
    await expectFew(leave);
    expect((await auth.client.listGrantsOfAccount({ accountId: member.id })).items).toEqual([]);
    expect(await countEvents('grant.changed')).toBe(MANY);
  });

  it('is deleted while somebody waits, with an entry for each repository', async () => {
    const leave = () => auth.client.deleteAccount({ accountId: member.id, actor });
    await expectFew(leave);
    expect(await auth.database.query('SELECT FROM repositories LIMIT 1')).toEqual([]);
    expect(await countEvents('repository.deleted')).toBe(MANY);
  });
});
