import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, type CommandResult } from '../processes/run-command';
import { CommandClient } from './command-client';
import { getClient, type ClientName } from './installations';

/** Where a client publishes to and installs from, and as whom. */
export interface ClientOptions {
  /** Base URL without a trailing slash. It serves every name, so that nothing is asked of any other registry. */
  readonly registry: string;
  /** Scopes that get a line of their own, as people write them: `@acme:registry=…`. */
  readonly scopes?: readonly string[];
  readonly token?: string;
}

export interface PublishOptions {
  readonly tag?: string;
  readonly access?: 'public' | 'restricted';
}

/**
 * A real package manager, run as a child process with a home, cache and configuration of its own: nothing of the
 * person's settings reaches it, and two clients never share state.
 */
export abstract class RegistryClient extends CommandClient {
  protected constructor(
    override readonly name: ClientName,
    readonly options: ClientOptions,
  ) {
    super(name, getClient(name));
    this.clearCache();
    this.writeConfiguration(options.token);
  }

  /** The folder it may cache in. */
  get cache(): string {
    return join(this.folder, 'cache');
  }

  /** Forgets everything it fetched, as on another machine. */
  clearCache(): void {
    rmSync(this.cache, { recursive: true, force: true });
    mkdirSync(this.cache, { recursive: true });
  }

  /** Publishes the package in this folder. */
  abstract publish(folder: string, options?: PublishOptions): Promise<CommandResult>;

  /** Adds these (`@scope/name@range`) to the project in this folder and installs it, writing a lock file. */
  abstract install(folder: string, specs: readonly string[]): Promise<CommandResult>;

  /** Installs exactly what the lock file says, with an empty cache and no node_modules. */
  async reinstall(folder: string): Promise<CommandResult> {
    this.clearCache();
    rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
    return this.installLocked(folder);
  }

  protected abstract installLocked(folder: string): Promise<CommandResult>;

  /** The name of the account the client is signed in as. */
  abstract whoami(): Promise<string>;

  /** As {@link attempt} with a terminal in front of it, for commands that ask questions. */
  attemptInTerminal(
    args: readonly string[],
    answers: readonly (readonly [RegExp, string])[],
  ): Promise<CommandResult> {
    const words = [...this.command, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
    const waiting = [...answers];
    return runCommand('script', ['-qec', words.join(' '), '/dev/null'], {
      cwd: this.folder,
      env: this.environment(),
      timeoutSeconds: 30,
      onOutput: (output, write) => {
        const next = waiting[0];
        if (next?.[0].test(output)) {
          waiting.shift();
          setTimeout(() => write(`${next[1]}\r`), 50);
        }
      },
    });
  }

  /** Uses this token from now on; undefined signs out. */
  setToken(token: string | undefined): void {
    this.writeConfiguration(token);
  }

  protected override environment(): Record<string, string> {
    return {
      ...super.environment(),
      TMPDIR: this.cache,
      XDG_CACHE_HOME: join(this.cache, 'xdg'),
      XDG_CONFIG_HOME: join(this.folder, 'config'),
      XDG_DATA_HOME: join(this.cache, 'data'),
      XDG_STATE_HOME: join(this.cache, 'state'),
    };
  }

  /** The `.npmrc` that all but Yarn 4 read. */
  protected writeConfiguration(token: string | undefined): void {
    const { registry, scopes = [] } = this.options;
    const base = `${registry}/`;
    const lines = [
      `registry=${base}`,
      ...scopes.map((scope) => `${scope}:registry=${base}`),
      ...(token ? [`${base.replace(/^https?:/, '')}:_authToken=${token}`] : []),
      'fund=false',
      'update-notifier=false',
    ];
    writeFileSync(join(this.folder, '.npmrc'), `${lines.join('\n')}\n`);
  }
}
