import { resolve } from 'node:path';
import { runProcess } from '@packhouse/runtime';
import { loadServices } from '../services';
import { productVersion } from '../version';
import { renderStartScreen } from './start-screen';

/** Everything in this process, with a screen that says how to go on. */
export async function start(): Promise<void> {
  const services = await loadServices();
  await runProcess(services, {
    onProgress: (what) => process.stdout.write(`${what}\n`),
    onReady: ({ url, settings, notices }) => {
      const { data, database, storage } = settings.values;
      const keepsFiles = !database.url || !storage.s3Endpoint;
      const screen = renderStartScreen({
        version: productVersion(),
        url: url ?? '',
        dataFolder: keepsFiles ? resolve(data.folder) : null,
        notices,
        services,
        // Since the process began: what a person waited.
        startedInMs: performance.now(),
      });
      process.stdout.write(screen);
    },
  });
}
