import { startNats, startRedis, startS3 } from '@packhouse/dev-servers';
import { StartError } from '@packhouse/runtime';
import { ServiceProcess } from './service-process';

/** What the services of a cluster stand on: settings that point at it, and the way to end it. */
export interface Backing {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

interface BackingOptions {
  readonly folder: string;
  /** What is set already is used as it is. */
  readonly env: NodeJS.ProcessEnv;
  readonly onLine: (line: string) => void;
}

type Part = (options: BackingOptions) => Promise<Backing | null>;

const parts: readonly Part[] = [backingNats, backingRedis, backingPostgres, backingS3];

/** Starts NATS, Redis, Postgres and an S3 server, all at the same time, each unless its setting points at one. */
export async function startBacking(options: BackingOptions): Promise<Backing> {
  const results = await Promise.allSettled(parts.map((part) => part(options)));
  const started = results.flatMap((result) =>
    result.status === 'fulfilled' && result.value ? [result.value] : [],
  );
  const stop = async (): Promise<void> => void (await Promise.all(started.map((backing) => backing.stop())));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return { env: Object.assign({}, ...started.map(({ env }) => env)) as Record<string, string>, stop };
}

async function backingNats({ folder, env }: BackingOptions): Promise<Backing | null> {
  if (env.PACKHOUSE_NATS_URL) return null;
  const server = await startNats(folder);
  if (!server) throw missing('nats-server', 'PACKHOUSE_NATS_URL');
  return { env: { PACKHOUSE_NATS_URL: server.url }, stop: () => server.stop() };
}

async function backingRedis({ folder, env }: BackingOptions): Promise<Backing | null> {
  if (env.PACKHOUSE_REDIS_URL) return null;
  const server = await startRedis(folder);
  if (!server) throw missing('redis-server', 'PACKHOUSE_REDIS_URL');
  return { env: { PACKHOUSE_REDIS_URL: server.url }, stop: () => server.stop() };
}

/** The Postgres that the product brings along, in a process that ends with us. */
async function backingPostgres({ folder, env, onLine }: BackingOptions): Promise<Backing | null> {
  if (env.PACKHOUSE_DATABASE_URL) return null;
  const server = new ServiceProcess({
    args: ['dev-postgres', folder],
    env: { ...env },
    label: 'postgres',
    onLine,
  });
  const { url } = await server.start();
  return { env: { PACKHOUSE_DATABASE_URL: url ?? '' }, stop: () => server.stop() };
}

async function backingS3({ folder, env, onLine }: BackingOptions): Promise<Backing | null> {
  if (env.PACKHOUSE_S3_ENDPOINT) return null;
  const server = await startS3(folder);
  if (!server) {
    onLine(
      'No S3 server is installed (minio, or ceph-mon, ceph-osd and radosgw): blobs are kept in a shared folder.',
    );
    return { env: { PACKHOUSE_DATA: folder }, stop: () => Promise.resolve() };
  }
  const settings = {
    PACKHOUSE_S3_ENDPOINT: server.endpoint,
    PACKHOUSE_S3_ACCESS_KEY: server.accessKey,
    PACKHOUSE_S3_SECRET_KEY: server.secretKey,
  };
  return { env: settings, stop: () => server.stop() };
}

function missing(program: string, variable: string): StartError {
  return new StartError(
    `${program} is not installed: install it (apt-get install ${program}), or set ${variable}.`,
  );
}
