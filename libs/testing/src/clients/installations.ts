import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The clients of the client tests that npm carries; `scripts/clients.mjs` says which versions. */
export const clientNames = [
  'npm-6',
  'npm-8',
  'npm-10',
  'npm-11',
  'pnpm-10',
  'pnpm-12',
  'yarn-1',
  'yarn-4',
  'bun',
  'deno',
  'octokit',
  'helm',
  'verdaccio',
] as const;
export type ClientName = (typeof clientNames)[number];

const files: Readonly<Record<ClientName, string>> = {
  'npm-6': 'npm/bin/npm-cli.js',
  'npm-8': 'npm/bin/npm-cli.js',
  'npm-10': 'npm/bin/npm-cli.js',
  'npm-11': 'npm/bin/npm-cli.js',
  'pnpm-10': 'pnpm/bin/pnpm.cjs',
  'pnpm-12': '.bin/pnpm',
  'yarn-1': 'yarn/bin/yarn.js',
  'yarn-4': '@yarnpkg/cli-dist/bin/yarn.js',
  bun: '.bin/bun',
  deno: '.bin/deno',
  octokit: '@octokit/rest/package.json',
  helm: '.bin/helm',
  verdaccio: 'verdaccio/bin/verdaccio',
};

/** The root of the workspace, from the sources as well as from the compiled output. */
export const workspaceFolder = resolve(__dirname, '../../../..');

/** The folder of a client's own node_modules. */
export function modulesOf(name: ClientName): string {
  return join(workspaceFolder, '.cache/clients', name, 'node_modules');
}

/** The command line's first words, or null when the client is not installed. */
export function findClient(name: ClientName): readonly string[] | null {
  const file = join(modulesOf(name), files[name]);
  if (!existsSync(file)) return null;
  return /\.c?js$/.test(file) || name === 'verdaccio' ? [process.execPath, file] : [file];
}

/** As {@link findClient}, with a sentence that says how to get it. */
export function getClient(name: ClientName): readonly string[] {
  const found = findClient(name);
  if (!found) throw new Error(`${name} is not installed: run "node scripts/install-clients.mjs ${name}".`);
  return found;
}

/** With this switch (set in continuous integration) a missing client or server is a failure. */
export const requireAll = process.env.PACKHOUSE_TEST_REQUIRE_ALL === '1';

/**
 * The clients of a suite that are there. What is missing is named on standard error, never passed over in silence,
 * and is a failure under PACKHOUSE_TEST_REQUIRE_ALL=1.
 */
export function selectClients<N extends ClientName>(wanted: readonly N[]): N[] {
  const missing = wanted.filter((name) => !findClient(name));
  if (missing.length > 0) {
    const sentence = `Not installed: ${missing.join(', ')}. Run "node scripts/install-clients.mjs".`;
    if (requireAll || missing.length === wanted.length) throw new Error(sentence);
    process.stderr.write(`Left out of this run: ${sentence}\n`);
  }
  return wanted.filter((name) => !missing.includes(name));
}
