import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, findProgram, GuardedProcesses, isListening, waitUntil } from './guarded-processes';
import { startCeph } from './ceph-rgw';

/** A real S3 server on a free loopback port, with everything in a temporary folder. */
export interface S3Server {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  stop(): Promise<void>;
}

const keys = { accessKey: 'packhouse-test', secretKey: 'packhouse-secret' };

/**
 * Starts an S3 server: `minio` when that program is installed (a second), else a Ceph cluster of one monitor and one
 * storage daemon in memory with its S3 gateway (about 13 s; Debian packages ceph-mon, ceph-osd, radosgw). Null when
 * neither is there. Its content goes with it.
 */
export async function startS3(parentFolder: string = tmpdir()): Promise<S3Server | null> {
  const minio = await findProgram('minio');
  if (minio === null && (await findProgram('radosgw')) === null) return null;
  const folder = await mkdtemp(join(parentFolder, 'packhouse-s3-'));
  const processes = new GuardedProcesses(folder);
  const stop = async (): Promise<void> => {
    await processes.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const port =
      minio === null ? await startCeph(processes, folder, keys) : await startMinio(processes, minio, folder);
    return { endpoint: `http://127.0.0.1:${port}`, ...keys, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startMinio(processes: GuardedProcesses, program: string, folder: string): Promise<number> {
  const port = await findFreePort();
  processes.start(program, ['server', '--address', `127.0.0.1:${port}`, '--quiet', join(folder, 'minio')], {
    MINIO_ROOT_USER: keys.accessKey,
    MINIO_ROOT_PASSWORD: keys.secretKey,
  });
  await waitUntil(`minio on port ${port}`, () => isListening(port), 60);
  return port;
}
