import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { findFreePort } from '@packhouse/testing';
import { Redis } from 'ioredis';

/** A real Redis of the test's own. */
export interface RedisServer {
  readonly url: string;
  /** How many scripts it ran so far. */
  countCommands(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts `redis-server` from PATH on a free port, keeping nothing. */
export async function startRedis(): Promise<RedisServer> {
  const port = await findFreePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', [...args, '--dir', tmpdir()], { stdio: 'ignore' });
  const url = `redis://127.0.0.1:${port}`;
  const redis = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  await redis.ping();
  return {
    url,
    countCommands: async () => {
      const stats = await redis.info('commandstats');
      return Number(/cmdstat_eval:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    },
    stop: async () => {
      redis.disconnect();
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
