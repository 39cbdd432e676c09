import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort, isListening, waitUntil, type GuardedProcesses } from './guarded-processes';

const run = promisify(execFile);
const PATIENCE_SECONDS = 120;
/** A storage daemon that comes up at all does so in a few seconds; now and then one hangs in its boot for good. */
const STORAGE_PATIENCE_SECONDS = 30;
const ATTEMPTS = 3;

interface Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Starts a Ceph cluster of the smallest kind with its S3 gateway and one user; gives the gateway's port. */
export async function startCeph(processes: GuardedProcesses, folder: string, keys: Keys): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const own = join(folder, String(attempt));
    await mkdir(own);
    try {
      return await startCluster(processes, own, keys);
    } catch (error) {
      // What is left of the attempt ends with the others.
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function startCluster(processes: GuardedProcesses, folder: string, keys: Keys): Promise<number> {
  const ports = { monitor: await findFreePort(), gateway: await findFreePort() };
  const fsid = randomUUID();
  const config = join(folder, 'ceph.conf');
  await Promise.all(['mon', 'osd0', 'rgw'].map((name) => mkdir(join(folder, name))));
  await writeFile(config, cephConfig(folder, fsid, ports));
  await startMonitor(processes, folder, fsid, ports.monitor);
  await startStorage(processes, config);
  processes.start('radosgw', ['-c', config, '-n', 'client.rgw', '-f']);
  await waitUntil('The S3 gateway of Ceph', () => isListening(ports.gateway), PATIENCE_SECONDS);
  const newUser = ['user', 'create', '--uid=test', '--display-name=test'];
  const credentials = [`--access-key=${keys.accessKey}`, `--secret-key=${keys.secretKey}`];
  await run('radosgw-admin', ['-c', config, ...newUser, ...credentials]);
  return ports.gateway;
}

async function startMonitor(
  processes: GuardedProcesses,
  folder: string,
  fsid: string,
  port: number,
): Promise<void> {
  const config = join(folder, 'ceph.conf');
  const map = join(folder, 'monmap');
  const address = `[v1:127.0.0.1:${port}]`;
  await run('monmaptool', ['--create', '--clobber', '--addv', 'a', address, '--fsid', fsid, map]);
  await run('ceph-mon', ['-c', config, '-i', 'a', '--mkfs', '--monmap', map]);
  processes.start('ceph-mon', ['-c', config, '-i', 'a', '-f']);
}

async function startStorage(processes: GuardedProcesses, config: string): Promise<void> {
  const ceph = (...args: string[]) => run('ceph', ['-c', config, '--connect-timeout', '20', ...args]);
  const osd = randomUUID();
  const isRegistered = async (): Promise<boolean> => (await ceph('osd', 'new', osd)).stdout !== null;
  await waitUntil('The Ceph monitor', isRegistered, PATIENCE_SECONDS);
  // By hand: a daemon that places itself may ask the monitor before it knows which cluster it is in, and end there.
  await ceph('osd', 'crush', 'add', 'osd.0', '1', 'root=default', 'host=local');
  await run('ceph-osd', ['-c', config, '-i', '0', '--mkfs', '--osd-uuid', osd]);
  processes.start('ceph-osd', ['-c', config, '-i', '0', '-f']);
  const isUp = async (): Promise<boolean> => (await ceph('osd', 'stat')).stdout.includes('1 up');
  await waitUntil('The Ceph storage daemon', isUp, STORAGE_PATIENCE_SECONDS);
}

/**
 * One monitor, one storage daemon that keeps everything in memory and gives back at once what is deleted, no
 * authentication inside the cluster.
 */
function cephConfig(folder: string, fsid: string, ports: { monitor: number; gateway: number }): string {
  return `[global]
fsid = ${fsid}
mon host = [v1:127.0.0.1:${ports.monitor}]
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
osd class update on start = false
osd crush update on start = false
memstore device bytes = 2147483648
run dir = ${folder}
log file = ${folder}/$name.log
admin socket = ${folder}/$name.asok
[mon.a]
mon data = ${folder}/mon
[osd.0]
osd data = ${folder}/osd0
[client.rgw]
rgw gc obj min wait = 1
rgw gc processor period = 2
rgw gc processor max time = 2
rgw frontends = beast endpoint=127.0.0.1:${ports.gateway}
rgw data = ${folder}/rgw
`;
}
