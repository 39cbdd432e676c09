import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { explainCause, StartError } from './start-error';

/** Makes the data folder if it is missing and proves that it can be written. Gives its absolute path. */
export async function prepareDataFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  const probe = join(path, `.write-probe-${process.pid}`);
  try {
    await mkdir(path, { recursive: true });
    await writeFile(probe, '');
    await rm(probe);
    return path;
  } catch (error) {
    throw new StartError(
      `The data folder ${path} cannot be written (${explainCause(error)}): make it writable for this user, or set PACKHOUSE_DATA to another folder.`,
    );
  }
}
