import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandResult } from '../processes/run-command';
import { RegistryClient, type ClientOptions, type PublishOptions } from './registry-client';

/** npm 6 to 11. */
export class NpmClient extends RegistryClient {
  constructor(name: 'npm-6' | 'npm-8' | 'npm-10' | 'npm-11', options: ClientOptions) {
    super(name, options);
    writeFileSync(join(this.folder, 'global.npmrc'), '');
  }

  publish(folder: string, { tag, access }: PublishOptions = {}): Promise<CommandResult> {
    return this.run(['publish', ...(tag ? ['--tag', tag] : []), ...(access ? ['--access', access] : [])], {
      cwd: folder,
    });
  }

  install(folder: string, specs: readonly string[]): Promise<CommandResult> {
    return this.run(['install', '--no-audit', ...specs], { cwd: folder });
  }

  protected installLocked(folder: string): Promise<CommandResult> {
    return this.run(['ci', '--no-audit'], { cwd: folder });
  }

  async whoami(): Promise<string> {
    return (await this.run(['whoami'])).stdout.trim();
  }

  protected override environment(): Record<string, string> {
    return {
      ...super.environment(),
      npm_config_cache: join(this.cache, 'npm'),
      npm_config_userconfig: join(this.folder, '.npmrc'),
      npm_config_globalconfig: join(this.folder, 'global.npmrc'),
      npm_config_prefix: join(this.folder, 'prefix'),
      npm_config_fetch_retries: '0',
    };
  }
}
