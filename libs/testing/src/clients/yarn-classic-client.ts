import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandResult } from '../processes/run-command';
import { RegistryClient, type ClientOptions, type PublishOptions } from './registry-client';

/** Yarn 1. */
export class YarnClassicClient extends RegistryClient {
  constructor(options: ClientOptions) {
    super('yarn-1', options);
  }

  publish(folder: string, { tag, access }: PublishOptions = {}): Promise<CommandResult> {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return this.run(
      [
        'publish',
        '--non-interactive',
        '--no-git-tag-version',
        '--new-version',
        version,
        ...(tag ? ['--tag', tag] : []),
        ...(access ? ['--access', access] : []),
      ],
      { cwd: folder },
    );
  }

  install(folder: string, specs: readonly string[]): Promise<CommandResult> {
    return this.run(['add', '--non-interactive', '--cache-folder', join(this.cache, 'yarn'), ...specs], {
      cwd: folder,
    });
  }

  protected installLocked(folder: string): Promise<CommandResult> {
    const args = [
      'install',
      '--frozen-lockfile',
      '--non-interactive',
      '--cache-folder',
      join(this.cache, 'yarn'),
    ];
    return this.run(args, { cwd: folder });
  }

  /** Yarn 1 has no such command: the owner list of a package is the nearest it asks of a registry. */
  whoami(): Promise<string> {
    return Promise.reject(new Error('Yarn 1 has no whoami command'));
  }
}
