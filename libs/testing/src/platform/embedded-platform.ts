import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { layCluster } from '@packhouse/database';
import { findFreePort } from '../processes/free-port';
import { makeTemporaryFolder } from '../processes/temporary-folder';
import { PlatformApi } from './platform-api';
import { isReady, ProductProcess, productEnvironment } from './product-process';
import type { PlatformOptions, RunningPlatform } from './start-platform';

export const adminLogin = 'admin-user';
export const adminPassword = 'correct-horse-battery';
const START_SECONDS = 60;

/** `packhouse start` on a port and data folder of its own. */
export async function startEmbedded({ env = {}, dataFolder }: PlatformOptions): Promise<RunningPlatform> {
  const folder = dataFolder ?? makeTemporaryFolder('data');
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const settings = productEnvironment({
    PACKHOUSE_DATA: folder,
    PACKHOUSE_PORT: new URL(url).port,
    PACKHOUSE_ADMIN_LOGIN: adminLogin,
    PACKHOUSE_ADMIN_PASSWORD: adminPassword,
    ...env,
  });
  if (!dataFolder && !env.PACKHOUSE_DATABASE_URL) await layCluster(join(folder, 'postgres'));
  const product = new ProductProcess(['start'], settings, folder);
  const start = async (changes: Readonly<Record<string, string>> = {}): Promise<number> => {
    const started = Date.now();
    product.start(changes);
    await product.waitFor('The product is ready', () => isReady(url), START_SECONDS);
    return Date.now() - started;
  };
  await start();
  return {
    mode: 'embedded',
    url,
    replicas: [url],
    adminLogin,
    adminPassword,
    dataFolder: folder,
    get pid() {
      return product.pid;
    },
    get databasePid() {
      return env.PACKHOUSE_DATABASE_URL ? 0 : readDatabasePid(folder);
    },
    api: PlatformApi.withPassword(url, adminLogin, adminPassword),
    listStored: async () => {
      const entries = await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .sort();
    },
    output: () => product.output,
    stop: () => product.stop(),
    kill: () => product.kill(),
    restart: start,
  };
}

/** Postgres writes it into the first line of this file. */
function readDatabasePid(folder: string): number {
  return Number.parseInt(readFileSync(join(folder, 'postgres/cluster/postmaster.pid'), 'utf8'), 10);
}
