import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { requireAll } from '../clients/installations';

/** Clients that the system has or has not: nothing below .cache/clients, npm does not carry them. */
export const systemClients = ['gh'] as const;
export type SystemClient = (typeof systemClients)[number];

export function isOnPath(program: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.some((folder) => folder !== '' && existsSync(join(folder, program)));
}

/** Clients of the system that are not on PATH. */
export function listMissingPrograms(): SystemClient[] {
  return systemClients.filter((program) => !isOnPath(program));
}

/**
 * The clients of a suite that are on PATH. What is missing is named on standard error, never passed over in silence,
 * and is a failure under PACKHOUSE_TEST_REQUIRE_ALL=1.
 */
export function selectPrograms<P extends SystemClient>(wanted: readonly P[]): P[] {
  const missing = wanted.filter((program) => !isOnPath(program));
  if (missing.length > 0) {
    const sentence = `Not on PATH: ${missing.join(', ')}.`;
    if (requireAll) throw new Error(sentence);
    process.stderr.write(`Left out of this run: ${sentence}\n`);
  }
  return wanted.filter((program) => !missing.includes(program));
}
