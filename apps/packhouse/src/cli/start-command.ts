import { resolve } from 'node:path';
import type { Command } from 'commander';
import { renderStartScreen } from './start-screen';
import { productVersion } from './version';

const help = `
Everything runs in this process: the database, the blobs on disk, every service and every gateway.
Data is kept in PACKHOUSE_DATA (default ./data). The first start makes an administrator and prints its password once.
Ctrl-C finishes what is being served and stops; a second Ctrl-C stops at once.

Examples:
  $ packhouse start
  $ PACKHOUSE_DATA=/srv/packhouse PACKHOUSE_HOST=0.0.0.0 PACKHOUSE_URL=https://packages.example.com packhouse start
`;

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('run everything in this process')
    .addHelpText('after', help)
    .action(start);
}

async function start(): Promise<void> {
  const [{ runProcess }, { services }] = await Promise.all([
    import('@packhouse/runtime'),
    import('../services.js'),
  ]);
  await runProcess(services, {
    onProgress: (what) => process.stdout.write(`${what}\n`),
    onReady: ({ url, settings, notices }, startedInMs) => {
      const { data, database, storage } = settings.values;
      const keepsFiles = !database.url || !storage.s3Endpoint;
      const screen = renderStartScreen({
        version: productVersion(),
        url: url ?? '',
        dataFolder: keepsFiles ? resolve(data.folder) : null,
        notices,
        services,
        startedInMs,
      });
      process.stdout.write(screen);
    },
  });
}
