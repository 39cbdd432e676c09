import { readFileSync } from 'node:fs';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { newId } from '@packhouse/kernel';
import { removeTemporaryFolders, startPlatform, type RunningPlatform } from '@packhouse/testing';
import { Client } from 'pg';

jest.setTimeout(120_000);

const ENTRIES = 60_000;

describe('an audit log of many entries', () => {
  let postgres: ScratchPostgres;
  let platform: RunningPlatform;
  let sql: Client;

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    const url = await postgres.createDatabase();
    platform = await startPlatform({ mode: 'embedded', env: { PACKHOUSE_DATABASE_URL: url } });
    sql = new Client({ connectionString: url });
    await sql.connect();
    await sql.query(
      `INSERT INTO audit.entry (id, at, action, actor, data, words)
       SELECT gen_random_uuid(), now() - n * interval '1 second', 'parcel.weighed', 'robot',
         jsonb_build_object('number', n, 'note', repeat('x', 1000)), 'robot' FROM generate_series(1, ${ENTRIES}) AS n`,
    );
  }, 240_000);

  afterAll(async () => {
    await sql?.end();
    await platform?.stop();
    await postgres?.stop();
    removeTemporaryFolders();
  }, 60_000);

  function residentMegabytes(): number {
    const status = readFileSync(`/proc/${platform.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  /** Reads an export chunk by chunk; `most`: the highest resident memory of the product meanwhile, in MB. */
  async function readExport(query = ''): Promise<{ lines: number; bytes: number; most: number }> {
    const text = `${platform.adminLogin}:${platform.adminPassword}`;
    const url = `${platform.url}/api/packhouse/v1/audit-log/export?action=parcel.*${query}`;
    const answer = await fetch(url, {
      headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` },
    });
    expect(answer.status).toBe(200);
    let [lines, bytes, most] = [0, 0, 0];
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      for (const byte of chunk) if (byte === 10) lines += 1;
      most = Math.max(most, residentMegabytes());
    }
    return { lines, bytes, most };
  }

  it('is exported whole, with little of it in memory at a time', async () => {
    // Twelve times a twelfth: the process has then as much room for garbage as it wants, and held a twelfth at most.
    const from = new Date(Date.now() - (ENTRIES / 12) * 1000).toISOString();
    let before = 0;
    for (let round = 0; round < 12; round += 1) {
      const part = await readExport(`&from=${from}`);
      expect(part.lines).toBeGreaterThan(1000);
      before = Math.max(before, part.most);
    }
    const whole = await readExport();
    expect(whole.lines).toBe(ENTRIES);
    expect(whole.bytes / 1e6).toBeGreaterThan(70);
    // The whole export is more than that by itself, and would be held several times over.
    expect(whole.most - before).toBeLessThan(60);
  });

  it('takes no change by SQL, in the product as it runs', async () => {
    for (const attempt of [
      `UPDATE audit.entry SET actor = 'nobody'`,
      `DELETE FROM audit.entry WHERE actor = 'robot'`,
      'TRUNCATE audit.entry',
    ])
      await expect(sql.query(attempt)).rejects.toThrow(/append-only/);
    await sql.query('BEGIN');
    await sql.query(`SELECT set_config('packhouse.audit_retention', now()::text, true)`);
    const again = `INSERT INTO audit.entry (id, at, action, data, words) VALUES ('${newId()}', now(), 'x.y', '{}', '')`;
    await sql.query(again);
    await expect(sql.query(`DELETE FROM audit.entry WHERE action = 'x.y'`)).rejects.toThrow(/append-only/);
    await sql.query('ROLLBACK');
  });
});
