import type { Command } from 'commander';

const help = `
One service per process: they find each other over NATS (PACKHOUSE_NATS_URL) and share Postgres
(PACKHOUSE_DATABASE_URL); blobs are on S3 (PACKHOUSE_S3_…) or on a folder that all of them see (PACKHOUSE_DATA).
Gateways listen on PACKHOUSE_PORT. The others answer /health there when PACKHOUSE_PORT is set.

Examples:
  $ PACKHOUSE_NATS_URL=nats://127.0.0.1:4222 PACKHOUSE_DATABASE_URL=postgres://… packhouse serve metadata
  $ packhouse serve --list
`;

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .argument('[service]', 'name of the service; --list prints them')
    .option('--list', 'print the names of the services')
    .description('run one service in this process')
    .addHelpText('after', help)
    .action(serve);
}

async function serve(name: string | undefined, { list }: { list?: boolean }): Promise<void> {
  const { services } = await import('../services.js');
  const names = services.map((service) => service.name);
  if (list) {
    process.stdout.write(`${names.join('\n')}\n`);
    return;
  }
  const service = services.find((one) => one.name === name);
  if (!service) {
    process.stderr.write(
      `${name ? `There is no service "${name}"` : 'Say which service to run'}: use one of ${names.join(', ')}.\n`,
    );
    process.exitCode = 1;
    return;
  }
  const { runAlone } = await import('@packhouse/runtime');
  runAlone(service);
}
