import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isAddress } from './blob-address';
import type { InventoryPage, StoredBlob } from './blob-store';
import { codeOf } from './failure-code';

const PAGE = 500;

/**
 * What the folders below `sha256/` hold, in the order of the addresses. Names are held for one folder of 256 at a time; files
 * are looked at one after another, as reads of others go through the same few threads.
 */
export async function* walkFolders(root: string): AsyncGenerator<InventoryPage> {
  for (const folder of (await namesIn(root)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    const names = (await namesIn(join(root, folder))).filter(
      (name) => name.startsWith(folder) && isAddress(name),
    );
    for (let at = 0; at < names.length; at += PAGE) {
      const blobs: StoredBlob[] = [];
      for (const name of names.slice(at, at + PAGE)) {
        const blob = await inspectFile(join(root, folder, name), name);
        if (blob) blobs.push(blob);
      }
      yield { blobs, strays: [] };
    }
  }
}

/** A blob's file; null for what is none, or gone. */
export async function inspectFile(
  path: string,
  sha256: string,
): Promise<(StoredBlob & { size: number }) | null> {
  const found = await lstat(path).catch(nullIfMissing);
  return found?.isFile() ? { sha256, size: found.size, modifiedMs: found.mtimeMs } : null;
}

async function namesIn(folder: string): Promise<string[]> {
  return ((await readdir(folder).catch(nullIfMissing)) ?? []).sort();
}

function nullIfMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}
