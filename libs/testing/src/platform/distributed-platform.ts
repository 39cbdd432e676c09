import { findFreePort } from '../processes/free-port';
import { makeTemporaryFolder } from '../processes/temporary-folder';
import { adminLogin, adminPassword } from './embedded-platform';
import { PlatformApi } from './platform-api';
import { isReady, ProductProcess, productEnvironment } from './product-process';
import type { PlatformOptions, RunningPlatform } from './start-platform';

const START_SECONDS = 150;

/** `packhouse dev-cluster`: NATS, Redis, Postgres, S3 and one process a service, on free loopback ports. */
export async function startDistributed({ env = {}, dataFolder }: PlatformOptions): Promise<RunningPlatform> {
  const folder = dataFolder ?? makeTemporaryFolder('cluster');
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const settings = productEnvironment({
    PACKHOUSE_DATA: folder,
    PACKHOUSE_PORT: new URL(url).port,
    PACKHOUSE_ADMIN_LOGIN: adminLogin,
    PACKHOUSE_ADMIN_PASSWORD: adminPassword,
    ...env,
  });
  const product = new ProductProcess(['dev-cluster'], settings, folder);
  const start = async (): Promise<number> => {
    const started = Date.now();
    product.start();
    await product.waitFor('The cluster is ready', () => isReady(url), START_SECONDS);
    return Date.now() - started;
  };
  await start();
  return {
    mode: 'distributed',
    url,
    replicas: [url],
    adminLogin,
    adminPassword,
    dataFolder: folder,
    get pid() {
      return product.pid;
    },
    api: PlatformApi.withPassword(url, adminLogin, adminPassword),
    output: () => product.output,
    stop: () => product.stop(),
    kill: () => product.kill(),
    restart: start,
  };
}
