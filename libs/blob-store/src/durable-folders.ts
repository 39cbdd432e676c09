import { mkdir, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';

const PREFIXES = 256;

/**
 * The 256 folders below `sha256/`: a million blobs are 4,000 entries in each. Makes them when first needed and
 * remembers which ones are known to survive a power cut, so that a publish costs one directory fsync, and two only for
 * the first blob of a folder.
 */
export class DurableFolders {
  private readonly known = new Uint8Array(PREFIXES);

  constructor(
    private readonly root: string,
    private readonly fsync: boolean,
  ) {}

  folderOf(sha256: string): string {
    return join(this.root, sha256.slice(0, 2));
  }

  /** Makes the folder of an address if this process does not know it yet. */
  async make(sha256: string): Promise<void> {
    if (this.known[indexOf(sha256)] !== 1)
      await mkdir(this.folderOf(sha256), { recursive: true, mode: 0o750 });
  }

  /**
   * Makes the entry of a blob durable, and on the first use of its folder the folder's own entry: another process may
   * have made it a moment ago and not have synced it yet. Side by side, because the file system then writes its
   * journal once.
   */
  async settle(sha256: string): Promise<void> {
    const index = indexOf(sha256);
    const stale = [this.folderOf(sha256)];
    if (this.known[index] !== 1) stale.push(this.root);
    await Promise.all(stale.map((folder) => this.sync(folder)));
    this.known[index] = 1;
  }

  /** Forgets what it knows of one folder: somebody removed it below us. */
  forget(sha256: string): void {
    this.known[indexOf(sha256)] = 0;
  }

  /** Makes the entries of one folder durable. */
  async sync(folder: string): Promise<void> {
    if (!this.fsync) return;
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

function indexOf(sha256: string): number {
  return Number.parseInt(sha256.slice(0, 2), 16);
}

/** Names in a folder one by one, so that a folder of a million entries costs no memory. */
export async function* eachName(folder: string): AsyncGenerator<string> {
  for await (const entry of await opendir(folder)) yield entry.name;
}
