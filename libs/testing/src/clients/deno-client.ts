import { join } from 'node:path';
import type { CommandResult } from '../processes/run-command';
import { RegistryClient, type ClientOptions } from './registry-client';

/** Deno: it consumes packages and publishes to no registry of this kind. */
export class DenoClient extends RegistryClient {
  constructor(options: ClientOptions) {
    super('deno', options);
  }

  publish(): Promise<CommandResult> {
    return Promise.reject(new Error('Deno does not publish to npm registries'));
  }

  whoami(): Promise<string> {
    return Promise.reject(new Error('Deno has no whoami command'));
  }

  install(folder: string, specs: readonly string[]): Promise<CommandResult> {
    return this.run(['add', '--minimum-dependency-age=0', ...specs.map((spec) => `npm:${spec}`)], {
      cwd: folder,
    });
  }

  protected installLocked(folder: string): Promise<CommandResult> {
    return this.run(['install', '--frozen', '--minimum-dependency-age=0'], { cwd: folder });
  }

  /** Runs a module that imports `npm:` specifiers. */
  runModule(file: string, folder: string): Promise<CommandResult> {
    return this.run(['run', '-A', '--minimum-dependency-age=0', file], { cwd: folder });
  }

  protected override environment(): Record<string, string> {
    return { ...super.environment(), DENO_DIR: join(this.cache, 'deno'), DENO_NO_UPDATE_CHECK: '1' };
  }
}
