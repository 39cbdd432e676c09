import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { explainCause, StartError } from './start-error';

/** Makes the data folder if it is missing and proves that it can be written. Gives its absolute path. */
export async function prepareDataFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  const probe = join(path, `.write-probe-${process.pid}`);
  try {
    await makeFolder(path);
    await writeFile(probe, '');
    await rm(probe);
    return path;
  } catch (error) {
    throw new StartError(
      `The data folder ${path} cannot be written (${explainCause(error)}): make it writable for this user, or set PACKHOUSE_DATA to another folder.`,
    );
  }
}

/** Node's own recursive mkdir never ends where the parent exists and yet takes no folder, as /proc does. */
async function makeFolder(path: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found?.isDirectory()) return;
  if (!found && dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    // Another process made it a moment ago.
    if (error.code !== 'EEXIST' || found) throw error;
  });
}
