import { randomBytes } from 'node:crypto';
import {
  buildHelloImage,
  buildImage,
  buildLayer,
  pullImage,
  removeTemporaryFolders,
  selectModes,
  sendBlob,
  sendManifest,
  startScratchPostgres,
  waitUntil,
  type BuiltImage,
  type Layer,
  type OciHttp,
  type ScratchPostgres,
} from '@packhouse/testing';
import { Client } from 'pg';
import { startRegistry, type ContainerRegistry, type TestAccount } from './support/registry-under-test';

jest.setTimeout(300_000);

const PUSHES = 50;
/** One is a minute with an S3 server. */
const rounds = { embedded: 3, distributed: 1 };

/**
 * Row 15: pushes that share layers, mounts between all of them, and what nobody holds any more
 * being collected all the time, with no grace. Nothing that was acknowledged may ever be missing.
 */
describe.each(selectModes())('15: many pushes at once while content is collected, %s', (mode) => {
  const ROUNDS = rounds[mode];
  let postgres: ScratchPostgres;
  let sql: Client;
  let registry: ContainerRegistry;
  let alice: TestAccount;
  const acknowledged: { name: string; image: BuiltImage }[] = [];
  const faults: string[] = [];

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    const url = await postgres.createDatabase();
    registry = await startRegistry(mode, {
      PACKHOUSE_DATABASE_URL: url,
      PACKHOUSE_BLOB_GRACE_MINUTES: '0',
      PACKHOUSE_BLOB_COLLECT_MINUTES: '1',
      PACKHOUSE_ORPHAN_DAYS: '0',
      PACKHOUSE_LOG_LEVEL: 'info',
    });
    alice = await registry.createUser('alice', ['acme']);
    sql = new Client({ connectionString: url });
    await sql.connect();
    // as often as they can, instead of once a minute or a day
    await sql.query(
      `update blobs.job set every_ms = case name when 'blobs.take-inventory' then 1000 else 20 end, run_at = now()
       where name in ('blobs.collect-garbage', 'blobs.expire-holdings', 'blobs.take-inventory')`,
    );
  });

  afterAll(async () => {
    await sql?.end();
    await registry?.stop();
    await postgres?.stop();
    removeTemporaryFolders();
  });

  /** Blobs by any way there is: it is there already, another image has it, or it is sent. */
  async function bring(
    http: OciHttp,
    name: string,
    { digest, bytes }: Layer | BuiltImage['manifest'],
  ): Promise<void> {
    if ((await http.send('HEAD', `/v2/${name}/blobs/${digest}`)).status === 200) return;
    const from = Math.random() < 0.5 ? 'acme/churn' : `acme/app-${Math.floor(Math.random() * PUSHES)}`;
    const mounted = await http.send('POST', `/v2/${name}/blobs/uploads/?mount=${digest}&from=${from}`);
    if (mounted.status === 201) return;
    if (mounted.status !== 202) throw new Error(`mount: HTTP ${mounted.status} ${mounted.text}`);
    await http.send('DELETE', String(mounted.headers.location));
    const sent = await sendBlob(http, name, bytes, Math.random() < 0.5 ? 'put' : 'patch');
    if (sent.status !== 201) throw new Error(`blob: HTTP ${sent.status} ${sent.text}`);
  }

  async function push(http: OciHttp, name: string, image: BuiltImage, tag: string): Promise<void> {
    for (const blob of image.blobs) await bring(http, name, blob);
    const answer = await sendManifest(http, name, image.manifest, tag);
    if (answer.status !== 201) throw new Error(`manifest: HTTP ${answer.status} ${answer.text}`);
  }

  /** Brings shared layers to an image of their own, lets their time run out and starts again. */
  async function churn(layers: readonly Layer[], isOver: () => boolean): Promise<void> {
    const http = registry.http(alice);
    while (!isOver()) {
      const contents = [...layers.map((layer) => layer.bytes), randomBytes(1000)];
      await Promise.all(contents.map((bytes) => sendBlob(http, 'acme/churn', bytes)));
      await sql.query(
        `update blobs.holding set touched_at = now() - interval '3 days' where place like 'container:%:churn'`,
      );
    }
  }

  async function runRound(round: number): Promise<void> {
    const shared: Layer[] = [];
    for (let index = 0; index < 12; index += 1)
      shared.push(await buildLayer({ [`shared-${round}-${index}`]: randomBytes(20_000) }));
    let over = false;
    const churning = churn(shared, () => over);
    const pushes = Array.from({ length: PUSHES }, async (_, index) => {
      // not all at the same moment: what nobody else has yet is collected while the first of them mount it
      await new Promise((resolve) => setTimeout(resolve, (index % 10) * 150));
      const own = await buildLayer({ [`own-${round}-${index}`]: randomBytes(2000) });
      const picked = [0, 1, 2, 3].map((step) => shared[(index * 5 + step * 3) % shared.length] as Layer);
      const image = buildImage({ layers: [...picked, own] });
      const name = `acme/app-${index}`;
      try {
        await push(registry.http(alice), name, image, 'latest');
        acknowledged.push({ name, image });
        await pullImage(registry.http(alice), name, image.manifest.digest);
      } catch (error) {
        faults.push(`${name} in round ${round}: ${String(error)}`);
      }
    });
    await Promise.all(pushes);
    over = true;
    await churning;
  }

  it(`${PUSHES} at a time, all succeed and pull whole at once`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) await runRound(round);
    expect(faults).toEqual([]);
    expect(acknowledged).toHaveLength(PUSHES * ROUNDS);
  });

  it('collected meanwhile: this was no quiet time', async () => {
    const { rows } = await sql.query<{ times: string; failed: string }>(
      'select count(*) as times, sum(failed) as failed from blobs.collection where blobs > 0',
    );
    const { times = '0', failed } = rows[0] ?? {};
    process.stderr.write(`Content was collected ${times} times during ${acknowledged.length} pushes\n`);
    expect(Number(times)).toBeGreaterThan(ROUNDS);
    expect(failed).toBe('0');
  });

  it('16: keeps an old blob that nothing uses for whom it told of it, though it is collected right after', async () => {
    const http = registry.http(alice);
    const [told, untold] = [await buildHelloImage('told'), await buildHelloImage('untold')];
    for (const { bytes } of [...told.blobs, ...untold.blobs]) await sendBlob(http, 'acme/old', bytes);
    const authorization = `Bearer ${await http.getToken('repository:acme/old:pull,push')}`;
    const tell = (digest: string) => http.send('HEAD', `/v2/acme/old/blobs/${digest}`, { authorization });
    const age = (time: string) =>
      sql.query(
        `update blobs.holding set touched_at = touched_at - $1::interval where place like 'container:%:old'`,
        [time],
      );
    await age('23 hours 59 minutes');
    for (const { digest } of told.blobs) expect((await tell(digest)).status).toBe(200);
    // what nobody was told of is over its day now
    await age('2 minutes');
    await waitUntil(
      'what nobody was told of is collected',
      async () => (await http.send('GET', `/v2/acme/old/blobs/${untold.blobs[0]?.digest}`)).status === 404,
    );
    expect((await sendManifest(http, 'acme/old', told.manifest, '1')).status).toBe(201);
    expect((await pullImage(http, 'acme/old', '1')).size).toBe(3);
    expect((await sendManifest(http, 'acme/old', untold.manifest, '2')).status).toBe(400);
  });

  it('misses nothing that was acknowledged, though every other holding has run out', async () => {
    await sql.query(`update blobs.holding set touched_at = now() - interval '3 days'`);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const http = registry.http(alice);
    for (const { name, image } of acknowledged)
      expect((await pullImage(http, name, image.manifest.digest)).size).toBe(7);
    await waitUntil('the others are let go', async () => {
      const { rows } = await sql.query<{ held: string }>('select count(*) as held from blobs.holding');
      return Number(rows[0]?.held) < 20;
    });
  });

  it('stores in the end what is in use, and nothing else', async () => {
    await registry.platform?.api.call('POST', '/operations/blob-inventories', { dryRun: true });
    const counted = async () =>
      (
        await sql.query<Record<string, unknown>>(
          `select blobs, missing, failed from blobs.collection
           where kind = 'inventory' and dry_run and finished_at is not null`,
        )
      ).rows;
    await waitUntil('the inventory is over', async () => (await counted()).length > 0);
    expect(await counted()).toEqual([{ blobs: '0', missing: '0', failed: '0' }]);
    const { rows } = await sql.query(
      `select sum(missing) as missing, sum(failed) as failed from blobs.collection`,
    );
    expect(rows).toEqual([{ missing: '0', failed: '0' }]);
  });
});
