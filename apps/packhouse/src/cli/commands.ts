import type { Command } from 'commander';

/** The commands that run services. What each does is loaded when it is called: help must not wait for servers. */
export function addServerCommands(program: Command): void {
  program
    .command('start')
    .description('run everything in this process')
    .addHelpText('after', startHelp)
    .action(async () => (await import('../actions/start.js')).start());
  program
    .command('serve')
    .argument('[service]', 'name of the service; --list prints them')
    .option('--list', 'print the names of the services')
    .description('run one service in this process')
    .addHelpText('after', serveHelp)
    .action(async (name: string | undefined, options: { list?: boolean }) =>
      (await import('../actions/serve.js')).serve(name, options),
    );
  program
    .command('dev-cluster')
    .option('--replicas <count>', 'processes of each gateway and of the API', '2')
    .option('--verbose', 'pass on what the services print')
    .option('--json', 'print one line of JSON when it is ready, for programs')
    .description('run every service in a process of its own, with all they need')
    .addHelpText('after', devClusterHelp)
    .action(async (options: { replicas: string; verbose?: boolean; json?: boolean }) =>
      (await import('../actions/dev-cluster.js')).startDevCluster(options),
    );
  program
    .command('dev-postgres', { hidden: true })
    .argument('<folder>')
    .action(async (folder: string) => (await import('../actions/dev-postgres.js')).startDevPostgres(folder));
}

/** The commands that end by themselves. */
export function addMaintenanceCommands(program: Command): void {
  program
    .command('settings')
    .option('--markdown', 'as a document, as in docs/settings.md')
    .description('print every setting with its default')
    .addHelpText('after', settingsHelp)
    .action(async (options: { markdown?: boolean }) =>
      (await import('../actions/print-settings.js')).printSettings(options),
    );
  program
    .command('commands')
    .description('print every command as a document, as in docs/cli.md')
    .addHelpText('after', '\nExample:\n  $ packhouse commands > docs/cli.md\n')
    .action(async () => {
      const { documentCommands } = await import('../actions/document-commands.js');
      process.stdout.write(documentCommands(program));
    });
  program
    .command('reset-password')
    .argument('<login>', 'login of the user')
    .description('give a user a new random password')
    .addHelpText('after', resetPasswordHelp)
    .action(async (login: string) => (await import('../actions/reset-password.js')).resetPassword(login));
}

const startHelp = `
Everything runs in this process: the database, the blobs on disk, every service and every gateway.
Data is kept in PACKHOUSE_DATA (default ./data). The first start makes an administrator and prints its password once.
Ctrl-C finishes what is being served and stops; a second Ctrl-C stops at once.

Examples:
  $ packhouse start
  $ PACKHOUSE_DATA=/srv/packhouse PACKHOUSE_HOST=0.0.0.0 PACKHOUSE_URL=https://packages.example.com packhouse start
`;

const serveHelp = `
One service per process: they find each other over NATS (PACKHOUSE_NATS_URL) and share Postgres
(PACKHOUSE_DATABASE_URL); blobs are on S3 (PACKHOUSE_S3_…) or in a folder that all of them see (PACKHOUSE_DATA).
Gateways and the API listen on PACKHOUSE_PORT. The others answer /health there when PACKHOUSE_PORT is set.

Examples:
  $ PACKHOUSE_NATS_URL=nats://127.0.0.1:4222 PACKHOUSE_DATABASE_URL=postgres://… packhouse serve metadata
  $ packhouse serve --list
`;

const devClusterHelp = `
Starts NATS, Redis and an S3 server from installed programs (nats-server, redis-server, minio or radosgw), a Postgres,
and every service as a process of its own behind a small proxy, all on loopback. A server whose setting is given
(PACKHOUSE_NATS_URL, PACKHOUSE_REDIS_URL, PACKHOUSE_DATABASE_URL, PACKHOUSE_S3_ENDPOINT) is used instead of started.
The data is in a temporary folder (below PACKHOUSE_DATA when that is set) and goes when this ends: Ctrl-C.

Examples:
  $ packhouse dev-cluster
  $ PACKHOUSE_PORT=8080 PACKHOUSE_ADMIN_PASSWORD=correct-horse-battery packhouse dev-cluster --replicas 3
`;

const settingsHelp = `
Examples:
  $ packhouse settings
  $ packhouse settings --markdown > docs/settings.md
`;

const resetPasswordHelp = `
Gives a user a new random password and prints it: the way in when the first administrator's password was lost.
Whoever runs it has the data itself, so it asks for no credentials. In embedded mode stop the instance first;
with PACKHOUSE_DATABASE_URL it works while everything runs.

Example:
  $ packhouse reset-password admin-user
`;
