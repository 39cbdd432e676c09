import { join } from 'node:path';
import type { CommandResult } from '../processes/run-command';
import { RegistryClient, type ClientOptions, type PublishOptions } from './registry-client';

/** pnpm 10 (publishes through npm) and 12 (all its own). */
export class PnpmClient extends RegistryClient {
  constructor(name: 'pnpm-10' | 'pnpm-12', options: ClientOptions) {
    super(name, options);
  }

  publish(folder: string, { tag, access }: PublishOptions = {}): Promise<CommandResult> {
    return this.run(
      ['publish', '--no-git-checks', ...(tag ? ['--tag', tag] : []), ...(access ? ['--access', access] : [])],
      { cwd: folder },
    );
  }

  install(folder: string, specs: readonly string[]): Promise<CommandResult> {
    return this.run(['add', '--store-dir', this.store, ...specs], { cwd: folder });
  }

  protected installLocked(folder: string): Promise<CommandResult> {
    return this.run(['install', '--frozen-lockfile', '--store-dir', this.store], { cwd: folder });
  }

  async whoami(): Promise<string> {
    return (await this.run(['whoami'])).stdout.trim();
  }

  private get store(): string {
    return join(this.cache, 'store');
  }

  protected override environment(): Record<string, string> {
    return {
      ...super.environment(),
      npm_config_cache: join(this.cache, 'npm'),
      npm_config_userconfig: join(this.folder, '.npmrc'),
      npm_config_fetch_retries: '0',
      PNPM_HOME: join(this.folder, 'pnpm'),
    };
  }
}
