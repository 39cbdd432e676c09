import { BunClient } from './bun-client';
import { DenoClient } from './deno-client';
import type { ClientName } from './installations';
import { NpmClient } from './npm-client';
import { PnpmClient } from './pnpm-client';
import type { ClientOptions, RegistryClient } from './registry-client';
import { YarnBerryClient } from './yarn-berry-client';
import { YarnClassicClient } from './yarn-classic-client';

export type PackageManagerName = Exclude<ClientName, 'octokit' | 'helm' | 'verdaccio'>;

/** A fresh client of this name: new home, empty cache. */
export function makeClient(name: PackageManagerName, options: ClientOptions): RegistryClient {
  switch (name) {
    case 'npm-6':
    case 'npm-8':
    case 'npm-10':
    case 'npm-11':
      return new NpmClient(name, options);
    case 'pnpm-10':
    case 'pnpm-12':
      return new PnpmClient(name, options);
    case 'yarn-1':
      return new YarnClassicClient(options);
    case 'yarn-4':
      return new YarnBerryClient(options);
    case 'bun':
      return new BunClient(options);
    case 'deno':
      return new DenoClient(options);
  }
}
