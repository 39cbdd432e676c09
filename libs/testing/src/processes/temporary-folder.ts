import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = new Set<string>();

/** A new empty folder below the system's temporary folder; removed at exit at the latest. */
export function makeTemporaryFolder(purpose: string): string {
  if (made.size === 0) process.once('exit', removeTemporaryFolders);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `packhouse-${purpose}-`)));
  made.add(folder);
  return folder;
}

/** Removes every folder this process made, unless PACKHOUSE_TEST_KEEP asks to look at them. */
export function removeTemporaryFolders(): void {
  if (process.env.PACKHOUSE_TEST_KEEP) return;
  for (const folder of made) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  made.clear();
}
