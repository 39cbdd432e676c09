import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort, findProgram, GuardedProcesses, isListening, waitUntil } from './guarded-processes';

const PATIENCE_SECONDS = 20;

/** A server that somebody else's programs reach by a URL. */
export interface DevServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** NATS with JetStream, on a free loopback port; null when `nats-server` is not installed. */
export async function startNats(folder: string): Promise<DevServer | null> {
  return startServer('nats-server', 'nats', folder, (port, data) => [
    ...['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', data],
  ]);
}

/** Redis on a free loopback port, with nothing on the disk; null when `redis-server` is not installed. */
export async function startRedis(folder: string): Promise<DevServer | null> {
  return startServer('redis-server', 'redis', folder, (port, data) => [
    ...['--bind', '127.0.0.1', '--port', String(port), '--dir', data, '--save', '', '--appendonly', 'no'],
  ]);
}

async function startServer(
  program: string,
  protocol: string,
  folder: string,
  args: (port: number, data: string) => string[],
): Promise<DevServer | null> {
  const path = await findProgram(program);
  if (path === null) return null;
  const data = join(folder, program);
  await mkdir(data, { recursive: true });
  const port = await findFreePort();
  const processes = new GuardedProcesses(data);
  processes.start(path, args(port, data));
  try {
    await waitUntil(`${program} on port ${port}`, () => isListening(port), PATIENCE_SECONDS);
  } catch (error) {
    await processes.stop();
    throw error;
  }
  return { url: `${protocol}://127.0.0.1:${port}`, stop: () => processes.stop() };
}
