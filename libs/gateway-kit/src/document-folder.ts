import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DAY, newId, sha256Hex } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';

/** Smaller documents are rendered again sooner than a disk answers. */
const WORTH_KEEPING = 128 * 1024;
const UNUSED_AFTER = 14 * DAY;

/** Which document of which state of a package. */
export interface DocumentKey {
  readonly packageId: string;
  readonly revision: number;
  /** Kind and base URL. */
  readonly form: string;
}

/**
 * Large rendered documents on the disk, so that a restart or a full memory does not render thousands of versions again.
 * A cache only: nothing is forced to the disk, and a fault is as if nothing were there. One folder per package, which
 * holds documents of its newest revision only; folders that were not written for two weeks are dropped.
 */
export class DocumentFolder {
  constructor(
    private readonly folder: string,
    private readonly logger: Logger,
  ) {}

  async find(key: DocumentKey): Promise<Buffer | null> {
    try {
      return await readFile(this.pathOf(key));
    } catch {
      return null;
    }
  }

  async keep(key: DocumentKey, document: Buffer): Promise<void> {
    if (document.length < WORTH_KEEPING) return;
    const folder = join(this.folder, key.packageId);
    const path = this.pathOf(key);
    const temporary = `${path}.${newId()}`;
    try {
      await mkdir(folder, { recursive: true, mode: 0o750 });
      await writeFile(temporary, document, { mode: 0o640 });
      await rename(temporary, path);
      await this.dropOlder(folder, key.revision);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      this.logger.warn({ error: String(error) }, 'A rendered document could not be kept on the disk');
    }
  }

  /** Drops the documents of packages that nobody changed or rendered for a while. */
  async sweep(now: number = Date.now()): Promise<void> {
    const packages = await readdir(this.folder).catch(() => []);
    for (const name of packages) {
      const folder = join(this.folder, name);
      const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: now }));
      if (now - mtimeMs > UNUSED_AFTER)
        await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  private async dropOlder(folder: string, revision: number): Promise<void> {
    for (const name of await readdir(folder)) {
      if (Number.parseInt(name, 10) < revision) await rm(join(folder, name), { force: true });
    }
  }

  private pathOf({ packageId, revision, form }: DocumentKey): string {
    return join(this.folder, packageId, `${revision}-${sha256Hex(form).slice(0, 24)}`);
  }
}
