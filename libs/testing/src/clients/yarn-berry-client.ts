import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandOptions, CommandResult } from '../processes/run-command';
import { RegistryClient, type ClientOptions, type PublishOptions } from './registry-client';

/** Yarn 4, with node_modules and without its age gate: every test installs what was published just now. */
export class YarnBerryClient extends RegistryClient {
  constructor(options: ClientOptions) {
    super('yarn-4', options);
  }

  /** It packs nothing before the folder is a project with a lock file. */
  async publish(folder: string, { tag, access }: PublishOptions = {}): Promise<CommandResult> {
    await this.run(['install'], { cwd: folder });
    const flags = [...(tag ? ['--tag', tag] : []), ...(access ? ['--access', access] : [])];
    return this.run(['npm', 'publish', ...flags], { cwd: folder });
  }

  install(folder: string, specs: readonly string[]): Promise<CommandResult> {
    return this.run(['add', ...specs], { cwd: folder });
  }

  protected installLocked(folder: string): Promise<CommandResult> {
    return this.run(['install', '--immutable'], { cwd: folder });
  }

  async whoami(): Promise<string> {
    const { stdout } = await this.run(['npm', 'whoami']);
    return (
      stdout
        .split('\n')[0]
        ?.replace(/^.*?:\s*/, '')
        .trim() ?? ''
    );
  }

  /** A yarn.lock, even an empty one, is what marks a folder as the root of a project. */
  override attempt(args: readonly string[], options: Partial<CommandOptions> = {}): Promise<CommandResult> {
    const folder = options.cwd ?? this.folder;
    if (!existsSync(join(folder, 'yarn.lock'))) writeFileSync(join(folder, 'yarn.lock'), '');
    return super.attempt(args, options);
  }

  protected override environment(): Record<string, string> {
    return { ...super.environment(), YARN_IGNORE_PATH: '1' };
  }

  protected override writeConfiguration(token: string | undefined): void {
    const { registry, scopes = [] } = this.options;
    // the gate is said for each scope too: an entry of npmScopes otherwise brings the default of one day back
    const server = (indent: string) => [
      `${indent}npmMinimalAgeGate: 0`,
      `${indent}npmRegistryServer: "${registry}"`,
      ...(token ? [`${indent}npmAuthToken: "${token}"`, `${indent}npmAlwaysAuth: true`] : []),
    ];
    const lines = [
      ...server(''),
      ...(scopes.length > 0 ? ['npmScopes:'] : []),
      ...scopes.flatMap((scope) => [`  "${scope.slice(1)}":`, ...server('    ')]),
      'unsafeHttpWhitelist: ["127.0.0.1", "localhost"]',
      'enableTelemetry: false',
      'enableGlobalCache: true',
      'enableImmutableInstalls: false',
      `globalFolder: "${this.cache}/yarn"`,
      'nodeLinker: node-modules',
      'httpRetry: 0',
    ];
    writeFileSync(join(this.folder, '.yarnrc.yml'), `${lines.join('\n')}\n`);
    if (!existsSync(join(this.folder, 'package.json')))
      writeFileSync(join(this.folder, 'package.json'), '{}');
  }
}
