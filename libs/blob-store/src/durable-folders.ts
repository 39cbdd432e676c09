import { mkdir, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';

const PREFIXES = 256;

/**
 * The two levels of folders below `sha256/`. Makes them when first needed and remembers which ones are known to
 * survive a power cut, so that a publish costs one directory fsync, and three only for the first blob of a folder.
 */
export class DurableFolders {
  private readonly known = new Uint8Array(PREFIXES * PREFIXES);
  private readonly knownTop = new Uint8Array(PREFIXES);

  constructor(
    private readonly root: string,
    private readonly fsync: boolean,
  ) {}

  folderOf(sha256: string): string {
    return join(this.root, sha256.slice(0, 2), sha256.slice(2, 4));
  }

  /**
   * Makes the folder of an address. Another process may have made it a moment ago and not have synced it yet,
   * so the first use in this process syncs the parents even when the folder is already there.
   */
  async make(sha256: string): Promise<void> {
    const top = Number.parseInt(sha256.slice(0, 2), 16);
    const index = Number.parseInt(sha256.slice(0, 4), 16);
    if (this.known[index] === 1) return;
    await mkdir(this.folderOf(sha256), { recursive: true, mode: 0o750 });
    await this.sync(join(this.root, sha256.slice(0, 2)));
    if (this.knownTop[top] !== 1) await this.sync(this.root);
    this.knownTop[top] = 1;
    this.known[index] = 1;
  }

  /** Forgets what it knows of one folder: somebody removed it below us. */
  forget(sha256: string): void {
    this.known[Number.parseInt(sha256.slice(0, 4), 16)] = 0;
    this.knownTop[Number.parseInt(sha256.slice(0, 2), 16)] = 0;
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

/** Names in a folder one by one, so that a folder of a million entries costs no memory. */
export async function* eachName(folder: string): AsyncGenerator<string> {
  for await (const entry of await opendir(folder)) yield entry.name;
}
