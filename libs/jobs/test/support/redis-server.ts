import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { findFreePort } from '@packhouse/testing';
import { Redis } from 'ioredis';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly process: ChildProcess;
}

/** A Redis that keeps nothing; on the port of an earlier one when told. */
export async function startRedisServer(samePort?: number): Promise<RedisServer> {
  const port = samePort ?? (await findFreePort());
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { stdio: 'ignore', cwd: tmpdir() });
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  await client.ping();
  client.disconnect();
  return { url, port, process: child };
}
