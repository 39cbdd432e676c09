import {
  authEvents,
  metadataEvents,
  type AuditEntry,
  type AuthClient,
  type EventEnvelope,
  type MetadataClient,
  type PackageRead,
} from '@packhouse/contracts';
import {
  openServiceDatabase,
  startScratchPostgres,
  type OpenServiceDatabase,
  type ScratchPostgres,
} from '@packhouse/database';
import { Settings } from '@packhouse/config';
import { DAY, newId } from '@packhouse/kernel';
import { silentLogger } from '@packhouse/observability';
import { auditSettings } from '../src/audit-settings';
import { auditedEventTypes } from '../src/entries/audited-events';
import { KnownNames } from '../src/entries/known-names';
import { DeleteExpiredEntriesJob } from '../src/jobs/delete-expired-entries.job';
import { auditSchema } from '../src/persistence/audit.schema';
import { EntryTable } from '../src/persistence/entry-table';
import { ListEntries } from '../src/use-cases/list-entries';
import { RecordEvents } from '../src/use-cases/record-events';
import { RecordReads } from '../src/use-cases/record-reads';

jest.setTimeout(60_000);

const [acme, globex, alice, bob, tool] = [newId(), newId(), newId(), newId(), newId()];
const logins: Record<string, string> = { [acme]: 'acme', [globex]: 'globex', [alice]: 'alice', [bob]: 'bob' };

/** The services that know names, as far as the log asks them. */
const auth = {
  getAccounts: async ({ ids }: { ids: string[] }) => ({
    accounts: ids.flatMap((id) => (logins[id] ? [{ id, login: logins[id] }] : [])),
  }),
  getRepositories: async () => ({ repositories: [] }),
} as unknown as AuthClient;
const metadata = {
  getPackages: async ({ ids }: { ids: string[] }) => ({
    packages: ids.includes(tool)
      ? [{ id: tool, ownerId: acme, name: '@acme/tool', format: 'npm', repositoryId: null }]
      : [],
  }),
} as unknown as MetadataClient;

let postgres: ScratchPostgres;
let database: OpenServiceDatabase;
let table: EntryTable;
let records: RecordEvents;
let recordReads: RecordReads;
let lists: ListEntries;

beforeAll(async () => (postgres = await startScratchPostgres()));
afterAll(() => postgres.stop());
beforeEach(async () => {
  const url = await postgres.createDatabase();
  database = await openServiceDatabase({ url, schema: auditSchema, poolSize: 4, logger: silentLogger });
  table = new EntryTable(database);
  records = new RecordEvents(new KnownNames(auth, metadata), table);
  recordReads = new RecordReads(new KnownNames(auth, metadata), table);
  lists = new ListEntries(table);
});
afterEach(() => database.close());

function event(type: string, payload: object, changes: Partial<EventEnvelope> = {}): EventEnvelope {
  return {
    id: newId(),
    type,
    source: 'auth',
    occurredAt: new Date().toISOString(),
    actor: { accountId: alice, login: 'alice', tokenId: newId(), address: '10.1.2.3', requestId: 'req-1' },
    payload,
    ...changes,
  };
}

type Query = Partial<Parameters<ListEntries['run']>[0]>;

function list(query: Query = {}) {
  return lists.run({
    ownerId: null,
    actor: null,
    action: null,
    package: null,
    repository: null,
    tokenId: null,
    requestId: null,
    from: null,
    to: null,
    phrase: '',
    order: 'desc',
    after: null,
    before: null,
    limit: 100,
    ...query,
  });
}

const actionsOf = (items: readonly AuditEntry[]): string[] => items.map(({ action }) => action);
const packageRef = { packageId: tool, ownerId: acme, name: '@acme/tool', format: 'npm', revision: 1 };

describe('the audit log', () => {
  it('writes who did what, from where and about what', async () => {
    const published = event(metadataEvents.versionPublished.type, {
      ...packageRef,
      versionId: newId(),
      version: '1.0.0',
      size: 7,
    });
    await records.run([published]);
    const { items } = await list();
    expect(items).toEqual([
      expect.objectContaining({
        id: published.id,
        at: published.occurredAt,
        action: 'packages.package_version_published',
        actor: 'alice',
        actorId: alice,
        tokenId: published.actor?.tokenId,
        address: '10.1.2.3',
        requestId: 'req-1',
        owner: 'acme',
        ownerId: acme,
        package: '@acme/tool',
        version: '1.0.0',
        format: 'npm',
      }),
    ]);
  });

  it('keeps one entry of an event that arrives again', async () => {
    const created = event(authEvents.accountCreated.type, { accountId: bob, login: 'bob', kind: 'user' });
    await records.run([created]);
    await records.run([created]);
    const change = event(authEvents.memberChanged.type, {
      organizationId: acme,
      accountId: bob,
      role: 'member',
    });
    await records.run([change]);
    await records.run([change]);
    expect(actionsOf((await list()).items)).toEqual(['org.add_member', 'user.create']);
  });

  it('hears every event that the contracts declare, and names those that it does not know by their type', async () => {
    const declared = [...Object.values(authEvents), ...Object.values(metadataEvents)].map(({ type }) => type);
    expect(auditedEventTypes).toEqual(expect.arrayContaining(declared));
    expect(new Set(auditedEventTypes).size).toBe(auditedEventTypes.length);
    await records.run([event('parcel.lid-opened', { ownerId: globex, deep: { list: [1, 2] } })]);
    const { items } = await list();
    expect(items[0]).toMatchObject({
      action: 'parcel.lid_opened',
      owner: 'globex',
      data: { deep: { list: [1, 2] } },
    });
  });

  it('knows what was so before within a run of events, also when the run comes again', async () => {
    const grants = ['read', 'admin', null].map((role) =>
      event(authEvents.grantChanged.type, { packageId: tool, accountId: bob, role }),
    );
    await records.run(grants.slice(0, 1));
    await records.run(grants);
    await records.run(grants);
    const { items } = await list({ order: 'asc' });
    expect(items.map(({ action, before }) => [action, before])).toEqual([
      ['packages.access_granted', null],
      ['packages.access_changed', { role: 'read' }],
      ['packages.access_removed', { role: 'admin' }],
    ]);
  });

  it('knows what was so before', async () => {
    const grant = (role: string | null) =>
      records.run([event(authEvents.grantChanged.type, { packageId: tool, accountId: bob, role })]);
    await grant('read');
    await grant('admin');
    await grant(null);
    await grant('write');
    await records.run([event(metadataEvents.packageCreated.type, { ...packageRef, visibility: 'private' })]);
    await records.run([
      event(metadataEvents.visibilityChanged.type, { ...packageRef, visibility: 'public' }),
    ]);
    const { items } = await list({ order: 'asc' });
    expect(items.map(({ action, before }) => [action, before])).toEqual([
      ['packages.access_granted', null],
      ['packages.access_changed', { role: 'read' }],
      ['packages.access_removed', { role: 'admin' }],
      ['packages.access_granted', { role: null }],
      ['packages.package_published', null],
      ['packages.visibility_changed', { visibility: 'private' }],
    ]);
    expect(items[0]).toMatchObject({
      package: '@acme/tool',
      owner: 'acme',
      data: { user: 'bob', role: 'read' },
    });
  });

  it('never holds secrets, whatever an event says', async () => {
    await records.run([
      event('token.leaked', {
        accountId: alice,
        tokenId: newId(),
        token: 'pkh_verysecret',
        nested: [{ password: 'verysecret', tokenHash: 'verysecret', kept: 'plain' }],
        clientSecret: 'verysecret',
      }),
    ]);
    const [row] = await database.query<{ text: string }>('SELECT entry::text AS text FROM entry');
    expect(row?.text).toContain('plain');
    expect(row?.text).not.toContain('verysecret');
  });

  it('cannot be changed, and nothing can be taken out of it but by its retention', async () => {
    await records.run([event('account.updated', { accountId: alice, login: 'alice' })]);
    const old = new Date(Date.now() - 10 * DAY).toISOString();
    await records.run([event('account.updated', { accountId: bob, login: 'bob' }, { occurredAt: old })]);
    for (const attempt of [
      `UPDATE entry SET actor = 'nobody'`,
      'DELETE FROM entry',
      'TRUNCATE entry',
      `DELETE FROM entry WHERE at < now() - interval '5 days'`,
    ])
      await expect(database.query(attempt)).rejects.toThrow(/append-only/);
    await expect(
      database.transaction(async (manager) => {
        await manager.query(`SELECT set_config('packhouse.audit_retention', now()::text, true)`);
        await manager.query('DELETE FROM entry');
      }),
    ).rejects.toThrow(/append-only/);
    expect((await list()).items).toHaveLength(2);
  });

  it('ends with its retention, and keeps what is younger', async () => {
    const ages = [1, 399, 401, 500];
    for (const age of ages) {
      const occurredAt = new Date(Date.now() - age * DAY).toISOString();
      await records.run([
        event('account.updated', { accountId: alice, login: 'alice', age }, { occurredAt }),
      ]);
    }
    const job = (env: Record<string, string>) =>
      new DeleteExpiredEntriesJob(table, Settings.load(env, [auditSettings]), silentLogger);
    await job({ PACKHOUSE_AUDIT_DAYS: '0' }).run();
    expect((await list()).items).toHaveLength(4);
    await job({}).run();
    expect((await list()).items.map(({ data }) => data.age)).toEqual([1, 399]);
  });
});

describe('reads in the audit log', () => {
  const read = (changes: Partial<PackageRead> = {}): PackageRead => ({
    ...{ id: newId(), at: new Date().toISOString(), kind: 'download', accountId: alice, login: 'alice' },
    ...{ tokenId: newId(), address: '10.1.2.3', requestId: 'req-9', ownerId: acme, owner: 'acme' },
    ...{ repositoryId: null, packageId: tool, package: '@acme/tool', format: 'box' },
    ...{ version: '1.0.0', file: 'tool-1.0.0.box' },
    ...changes,
  });

  it('are entries with actor, token, address and request; one that is told again is one entry', async () => {
    const anonymous = read({
      kind: 'read',
      accountId: null,
      login: null,
      tokenId: null,
      version: null,
      file: null,
    });
    const reads = [read(), anonymous];
    await recordReads.run({ reads });
    await recordReads.run({ reads });
    const { items } = await list({ order: 'asc', action: 'packages.*' });
    expect(items).toHaveLength(2);
    expect(items.find(({ id }) => id === reads[0]?.id)).toMatchObject({
      ...{ action: 'packages.package_version_downloaded', actor: 'alice', actorId: alice },
      ...{ tokenId: reads[0]?.tokenId, address: '10.1.2.3', requestId: 'req-9', owner: 'acme' },
      ...{ package: '@acme/tool', version: '1.0.0', format: 'box', data: { file: 'tool-1.0.0.box' } },
    });
    expect(items.find(({ id }) => id === anonymous.id)).toMatchObject({
      ...{ action: 'packages.package_read', actor: null, address: '10.1.2.3', data: {} },
    });
  });

  it('end sooner than changes', async () => {
    const at = new Date(Date.now() - 100 * DAY).toISOString();
    await recordReads.run({ reads: [read({ at }), read()] });
    await records.run([event('account.updated', { accountId: alice, login: 'alice' }, { occurredAt: at })]);
    const job = (env: Record<string, string>) =>
      new DeleteExpiredEntriesJob(table, Settings.load(env, [auditSettings]), silentLogger);
    await job({ PACKHOUSE_AUDIT_READ_DAYS: '0' }).run();
    expect((await list()).items).toHaveLength(3);
    await job({}).run();
    expect(actionsOf((await list()).items)).toEqual([
      'packages.package_version_downloaded',
      'account.update',
    ]);
  });
});

describe('reading the audit log', () => {
  const minute = (number: number): string => new Date(Date.UTC(2026, 0, 1, 0, number)).toISOString();

  beforeEach(async () => {
    for (let number = 0; number < 10; number += 1) {
      const [ownerId, login] = number % 2 ? [acme, 'alice'] : [globex, 'bob'];
      const actor = { accountId: alice, login, tokenId: null, address: `10.0.0.${number}`, requestId: null };
      await records.run([
        event(
          'team.created',
          { organizationId: ownerId, slug: `t_${number}` },
          { occurredAt: minute(number), actor },
        ),
      ]);
    }
  });

  const minutesOf = (items: readonly AuditEntry[]) => items.map(({ at }) => new Date(at).getUTCMinutes());

  it('filters by what is known of an entry', async () => {
    expect(minutesOf((await list({ ownerId: acme })).items)).toEqual([9, 7, 5, 3, 1]);
    expect(minutesOf((await list({ actor: 'ALICE', order: 'asc' })).items)).toEqual([1, 3, 5, 7, 9]);
    expect((await list({ action: 'team.*' })).items).toHaveLength(10);
    expect((await list({ action: 'team' })).items).toHaveLength(0);
    expect(minutesOf((await list({ from: minute(3), to: minute(6) })).items)).toEqual([5, 4, 3]);
  });

  it('searches by phrases as GitHub does', async () => {
    const found = async (phrase: string) => minutesOf((await list({ phrase, order: 'asc' })).items);
    expect(await found('org:acme actor:alice')).toEqual([1, 3, 5, 7, 9]);
    expect(await found('-org:acme action:team.create')).toEqual([0, 2, 4, 6, 8]);
    expect(await found('10.0.0.7')).toEqual([7]);
    expect(await found('ip:10.0.0.2 bob')).toEqual([2]);
    expect(await found(`created:>=${minute(8)}`)).toEqual([8, 9]);
    expect(await found(`created:${minute(2)}..${minute(4)}`)).toEqual([2, 3, 4]);
    expect(await found('created:2026-01-01 globex')).toEqual([0, 2, 4, 6, 8]);
    expect(await found('100% _')).toEqual([]);
    expect(await found(`x' OR '1'='1`)).toEqual([]);
  });

  it.each(['desc', 'asc'] as const)('goes forth and back by cursors in order %s', async (order) => {
    const all = order === 'asc' ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] : [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
    const first = await list({ order, limit: 4 });
    expect(first.before).toBeNull();
    const second = await list({ order, limit: 4, after: first.after });
    const third = await list({ order, limit: 4, after: second.after });
    expect([first, second, third].flatMap(({ items }) => minutesOf(items))).toEqual(all);
    expect(third.after).toBeNull();
    const back = await list({ order, limit: 4, before: third.before });
    expect(minutesOf(back.items)).toEqual(all.slice(4, 8));
    const start = await list({ order, limit: 4, before: back.before });
    expect([minutesOf(start.items), start.before]).toEqual([all.slice(0, 4), null]);
  });

  it('keeps its pages while entries are added', async () => {
    const first = await list({ limit: 5 });
    await records.run([event('team.created', { organizationId: acme, slug: 'late' })]);
    const second = await list({ limit: 5, after: first.after });
    expect(minutesOf(second.items)).toEqual([4, 3, 2, 1, 0]);
  });

  it('gives fewer when they would not fit a message, and refuses foreign cursors', async () => {
    const large = Object.fromEntries(
      Array.from({ length: 150 }, (_, index) => [`m${index}`, 'x'.repeat(2000)]),
    );
    for (let turn = 0; turn < 4; turn += 1) await records.run([event('parcel.weighed', large)]);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof list>> = await list({ limit: 100, after });
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(900_000);
      seen.push(...page.items.map(({ id }) => id));
      after = page.after;
    } while (after !== null);
    expect(new Set(seen).size).toBe(14);
    expect(seen).toHaveLength(14);
    await expect(list({ after: 'nonsense' })).rejects.toThrow(/cursor/);
  });
});
