import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { requireAll } from '../clients/installations';

/** Clients that the system has or has not: nothing below .cache/clients, npm does not carry them. */
export const systemClients = [
  'gh',
  'skopeo',
  'buildah',
  'podman',
  'docker',
  'dockerd',
  'docker-registry',
] as const;
export type SystemClient = (typeof systemClients)[number];

/** Debian's own first: a machine may have others of these names that are cut down. */
const folders = [
  ...['/usr/bin', '/usr/sbin'],
  ...(process.env.PATH ?? '').split(delimiter),
  ...['/usr/local/bin', '/usr/local/sbin'],
];

function locate(program: string): string | undefined {
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file));
}

export function isOnPath(program: string): boolean {
  return locate(program) !== undefined;
}

/** The program's file; throws with a sentence that says how to get it. */
export function findProgram(program: SystemClient): string {
  const file = locate(program);
  if (!file)
    throw new Error(`${program} is not installed: Debian has it as a package of this name or as docker.io.`);
  return file;
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
