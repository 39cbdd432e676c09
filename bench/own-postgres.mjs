/** The product on a Postgres that a benchmark can fill past it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const load = createRequire(join(import.meta.dirname, '../package.json'));

/** The same server with the same settings as the product would start for itself. `stop` ends all of it. */
export async function startOnOwnPostgres(testing, env = {}) {
  load('reflect-metadata');
  const { LocalPostgres } = load('@packhouse/database');
  const { Client } = load('pg');
  const folder = mkdtempSync(join(tmpdir(), 'packhouse-bench-'));
  const stops = [() => rmSync(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const postgres = await LocalPostgres.start({ folder });
    stops.push(() => postgres.stop());
    const settings = { PACKHOUSE_DATABASE_URL: postgres.connectionUrl(), ...env };
    const platform = await testing.startPlatform({ mode: 'embedded', env: settings });
    stops.push(() => platform.stop());
    const client = new Client({ connectionString: postgres.connectionUrl() });
    await client.connect();
    stops.push(() => client.end());
    return { platform, query: (text, values) => client.query(text, values), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
