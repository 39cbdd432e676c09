import { join } from 'node:path';
import { LocalPostgres } from '@packhouse/database';
import { untilStopped, type ReadyMessage } from '@packhouse/runtime';

/** The Postgres of a dev-cluster: in a process of its own that ends with its parent, however that ends. */
export async function startDevPostgres(folder: string): Promise<void> {
  const settings = { max_connections: '200' };
  await untilStopped(
    () => LocalPostgres.start({ folder: join(folder, 'postgres'), settings }),
    (postgres) => {
      const message: ReadyMessage = {
        ready: true,
        url: postgres.connectionUrl(),
        port: postgres.port,
        notices: [],
      };
      process.send?.(message);
    },
  );
}
