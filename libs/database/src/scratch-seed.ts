import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalPostgres } from './local-postgres';
import { run } from './server-user';

/** How a run of all tests tells its files where the cluster is that theirs begin as copies of. */
const VARIABLE = 'PACKHOUSE_TEST_CLUSTER';

/**
 * FOR TESTS ONLY. Makes a cluster for the processes that this one starts from now on: making one takes longer than many
 * of their tests. Resolves to what removes it.
 */
export async function shareCluster(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'packhouse-seed-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await (await LocalPostgres.start({ folder, settings: { fsync: 'off' } })).stop();
  } catch (error) {
    await remove();
    throw error;
  }
  process.env[VARIABLE] = folder;
  return remove;
}

/**
 * FOR TESTS ONLY. Puts an empty cluster into the folder of a {@link LocalPostgres} that was never started, which then
 * need not make one. Without {@link shareCluster} it does nothing.
 */
export async function layCluster(folder: string): Promise<void> {
  const shared = process.env[VARIABLE];
  if (!shared) return;
  await mkdir(folder, { recursive: true });
  // The owners of the files are kept, as no copy of Node's does.
  const files = ['cluster', 'password'].map((name) => join(shared, name));
  const { ok, output } = await run('cp', ['-a', '--reflink=auto', ...files, folder], {});
  if (!ok) throw new Error(`The cluster of the tests cannot be copied: ${output}`);
}
