import { startScratchPostgres } from '@packhouse/database';
import { findFreePort } from '../processes/free-port';
import { makeTemporaryFolder } from '../processes/temporary-folder';
import { newSharedBucket } from '../servers/shared-s3';
import { adminLogin, adminPassword } from './embedded-platform';
import { PlatformApi } from './platform-api';
import { ProductProcess, productEnvironment } from './product-process';
import type { PlatformOptions, RunningPlatform } from './start-platform';

const START_SECONDS = 180;
/** As many as the product's own has for a cluster. */
const enoughConnections = { max_connections: '200' };

/**
 * `packhouse dev-cluster`: NATS, Redis, S3 and one process a service, on free loopback ports, and a Postgres of the tests
 * that is made in less time than the product's own. In a run of all tests it has a bucket of its own on the S3 server of
 * the run.
 */
export async function startDistributed({ env = {}, dataFolder }: PlatformOptions): Promise<RunningPlatform> {
  const folder = dataFolder ?? makeTemporaryFolder('cluster');
  const port = await findFreePort();
  const bucket = env.PACKHOUSE_S3_ENDPOINT ? null : newSharedBucket();
  const postgres = env.PACKHOUSE_DATABASE_URL ? null : await startScratchPostgres(enoughConnections);
  const settings = productEnvironment({
    PACKHOUSE_DATA: folder,
    PACKHOUSE_PORT: String(port),
    PACKHOUSE_ADMIN_LOGIN: adminLogin,
    PACKHOUSE_ADMIN_PASSWORD: adminPassword,
    ...bucket?.env,
    ...env,
  });
  const product = new ProductProcess(['dev-cluster', '--json', '--verbose'], settings, folder);
  // The product first: it is connected to the others.
  const stop = (): Promise<void> =>
    product
      .stop()
      .finally(() => postgres?.stop())
      .finally(() => bucket?.drop());
  try {
    product.start(postgres ? { PACKHOUSE_DATABASE_URL: await postgres.createDatabase() } : {});
    await product.waitFor(
      'The cluster is ready',
      () => findDescription(product.output) !== null,
      START_SECONDS,
    );
  } catch (error) {
    // What it cannot end says less than why it did not start.
    await stop().catch(() => undefined);
    throw error;
  }
  const { url, replicaUrls } = findDescription(product.output) ?? { url: '', replicaUrls: [] };
  return {
    mode: 'distributed',
    url,
    replicas: replicaUrls,
    adminLogin,
    adminPassword,
    dataFolder: folder,
    get pid() {
      return product.pid;
    },
    get databasePid() {
      return postgres?.server.pid ?? 0;
    },
    api: PlatformApi.withPassword(url, adminLogin, adminPassword),
    listStored: () => {
      if (bucket) return bucket.list();
      throw new Error('Only the S3 server of a run of all tests can be looked into: use npm test.');
    },
    output: () => product.output,
    stop,
    kill: () => product.kill(),
    restart: () => Promise.reject(new Error('A development cluster keeps nothing between two starts.')),
  };
}

/** The one line of JSON that the cluster prints when it is ready. */
function findDescription(output: string): { url: string; replicaUrls: string[] } | null {
  const line = output.split('\n').find((text) => text.startsWith('{"url"') && text.endsWith('}'));
  return line ? (JSON.parse(line) as { url: string; replicaUrls: string[] }) : null;
}
