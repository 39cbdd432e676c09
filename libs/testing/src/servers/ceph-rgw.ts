import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '../processes/free-port';
import { makeTemporaryFolder } from '../processes/temporary-folder';
import { waitUntil } from '../processes/wait-until';

const run = promisify(execFile);
const patience = { seconds: 90, everyMs: 150 };

/** A real S3 server for tests, on a free loopback port, with everything in a temporary folder. */
export interface S3Server {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  stop(): Promise<void>;
}

/**
 * Starts an S3 server: `minio` when that program is on the PATH (a second), else a Ceph cluster of one monitor and one
 * storage daemon in memory with its S3 gateway (about 13 s; Debian packages ceph-mon, ceph-osd, radosgw).
 * Start it once per test file.
 */
export async function startCephRgw(): Promise<S3Server> {
  const folder = makeTemporaryFolder('s3');
  const server = new ServerProcesses(folder);
  try {
    return (await onPath('minio')) ? await startMinio(server) : await startCeph(server);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The processes of one server: ended together, the last started first, also when this process ends. */
class ServerProcesses {
  private readonly children: ChildProcess[] = [];
  private readonly killAll = (): void => {
    for (const child of this.children) child.kill('SIGKILL');
  };

  constructor(readonly folder: string) {
    process.once('exit', this.killAll);
  }

  start(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
    const log = openSync(join(this.folder, `${program}.log`), 'a');
    const child = spawn(program, args, { stdio: ['ignore', log, log], env: { ...process.env, ...env } });
    closeSync(log);
    // A program that cannot be started shows as a server that never answers.
    child.on('error', () => undefined);
    this.children.unshift(child);
  }

  async stop(): Promise<void> {
    // A storage daemon without its monitor does not end by itself, and nothing here is worth a clean shutdown.
    for (const child of this.children) {
      const ended = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
      const gone = ended ? Promise.resolve() : new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
    process.off('exit', this.killAll);
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function startMinio(server: ServerProcesses): Promise<S3Server> {
  const port = await findFreePort();
  const keys = { accessKey: 'packhouse-test', secretKey: 'packhouse-secret' };
  server.start(
    'minio',
    ['server', '--address', `127.0.0.1:${port}`, '--quiet', join(server.folder, 'minio')],
    {
      MINIO_ROOT_USER: keys.accessKey,
      MINIO_ROOT_PASSWORD: keys.secretKey,
    },
  );
  await waitUntil(`minio on port ${port}`, () => isListening(port), patience);
  return { endpoint: `http://127.0.0.1:${port}`, ...keys, stop: () => server.stop() };
}

async function startCeph(server: ServerProcesses): Promise<S3Server> {
  const { folder } = server;
  const monitorPort = await findFreePort();
  const gatewayPort = await findFreePort();
  const fsid = randomUUID();
  const config = join(folder, 'ceph.conf');
  await Promise.all(['mon', 'osd0', 'rgw'].map((name) => mkdir(join(folder, name))));
  await writeFile(config, cephConfig(folder, fsid, monitorPort, gatewayPort));
  const ceph = (...args: string[]) => run('ceph', ['-c', config, '--connect-timeout', '20', ...args]);

  const map = join(folder, 'monmap');
  const member = ['--addv', 'a', `[v1:127.0.0.1:${monitorPort}]`];
  await run('monmaptool', ['--create', '--clobber', ...member, '--fsid', fsid, map]);
  await run('ceph-mon', ['-c', config, '-i', 'a', '--mkfs', '--monmap', map]);
  server.start('ceph-mon', ['-c', config, '-i', 'a', '-f']);
  const osd = randomUUID();
  const register = async (): Promise<boolean> => (await ceph('osd', 'new', osd)).stdout !== '';
  await waitUntil('the Ceph monitor', register, patience);
  await run('ceph-osd', ['-c', config, '-i', '0', '--mkfs', '--osd-uuid', osd]);
  server.start('ceph-osd', ['-c', config, '-i', '0', '-f']);
  await waitUntil(
    'the Ceph storage daemon',
    async () => (await ceph('osd', 'stat')).stdout.includes('1 up'),
    patience,
  );
  server.start('radosgw', ['-c', config, '-n', 'client.rgw', '-f']);
  await waitUntil(`the S3 gateway of Ceph on port ${gatewayPort}`, () => isListening(gatewayPort), patience);

  const keys = { accessKey: 'packhouse-test', secretKey: 'packhouse-secret' };
  const newUser = ['user', 'create', '--uid=test', '--display-name=test'];
  await run('radosgw-admin', [
    '-c',
    config,
    ...newUser,
    `--access-key=${keys.accessKey}`,
    `--secret-key=${keys.secretKey}`,
  ]);
  return { endpoint: `http://127.0.0.1:${gatewayPort}`, ...keys, stop: () => server.stop() };
}

/** One monitor, one storage daemon that keeps everything in memory, no authentication inside the cluster. */
function cephConfig(folder: string, fsid: string, monitorPort: number, gatewayPort: number): string {
  return `[global]
fsid = ${fsid}
mon host = [v1:127.0.0.1:${monitorPort}]
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
public addr = 127.0.0.1
cluster addr = 127.0.0.1
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
osd objectstore = memstore
memstore device bytes = 2147483648
run dir = ${folder}
log file = ${folder}/$name.log
admin socket = ${folder}/$name.asok
[mon.a]
mon data = ${folder}/mon
[osd.0]
osd data = ${folder}/osd0
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:${gatewayPort}
rgw data = ${folder}/rgw
`;
}

async function onPath(program: string): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = await Promise.allSettled(folders.map((folder) => access(join(folder, program))));
  return found.some(({ status }) => status === 'fulfilled');
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (listening: boolean): void => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}
