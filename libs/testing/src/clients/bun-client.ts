import { join } from 'node:path';
import type { CommandResult } from '../processes/run-command';
import { RegistryClient, type ClientOptions, type PublishOptions } from './registry-client';

/** Bun. */
export class BunClient extends RegistryClient {
  constructor(options: ClientOptions) {
    super('bun', options);
  }

  publish(folder: string, { tag, access }: PublishOptions = {}): Promise<CommandResult> {
    return this.run(['publish', ...(tag ? ['--tag', tag] : []), ...(access ? ['--access', access] : [])], {
      cwd: folder,
    });
  }

  install(folder: string, specs: readonly string[]): Promise<CommandResult> {
    return this.run(['add', ...specs], { cwd: folder });
  }

  protected installLocked(folder: string): Promise<CommandResult> {
    return this.run(['install', '--frozen-lockfile'], { cwd: folder });
  }

  async whoami(): Promise<string> {
    return (await this.run(['pm', 'whoami'])).stdout.trim();
  }

  protected override environment(): Record<string, string> {
    return {
      ...super.environment(),
      BUN_INSTALL: join(this.folder, 'bun'),
      BUN_INSTALL_CACHE_DIR: join(this.cache, 'bun'),
      DO_NOT_TRACK: '1',
    };
  }
}
