import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../processes/programs';
import { endProcessesOf } from '../processes/process-table';
import { runCommand, type CommandResult } from '../processes/run-command';
import { waitUntil } from '../processes/wait-until';
import { CommandClient } from './command-client';
import type { ContainerClientOptions, Login } from './container-clients';

/** Docker's command line with an engine of its own: its own data, socket and processes, no network. */
export class DockerClient extends CommandClient {
  readonly host: string;
  private engine: ChildProcess | null = null;

  private constructor({ host }: ContainerClientOptions) {
    super('docker', [findProgram('docker')]);
    this.host = host;
  }

  /** Starts an engine (half a second) that talks to 127.0.0.1 without TLS; {@link stop} ends it. */
  static async start(options: ContainerClientOptions): Promise<DockerClient> {
    const client = new DockerClient(options);
    await client.startEngine();
    return client;
  }

  /** `HOST/NAME:TAG` or `HOST/NAME@DIGEST`. */
  nameOf(name: string, reference = 'latest'): string {
    return `${this.host}/${name}${reference.includes(':') ? '@' : ':'}${reference}`;
  }

  signIn(account: Login): Promise<CommandResult> {
    return this.run(signInArguments(account, this.host));
  }

  attemptSignIn(account: Login): Promise<CommandResult> {
    return this.attempt(signInArguments(account, this.host));
  }

  /** Forgets every image, as another machine would not have them. */
  async forget(...images: string[]): Promise<void> {
    await this.run(['rmi', '--force', ...images]);
  }

  /** Ends the engine and what it started, and unmounts what it mounted. */
  async stop(): Promise<void> {
    const { engine } = this;
    if (!engine) return;
    this.engine = null;
    engine.kill('SIGTERM');
    const ended = () => engine.exitCode !== null || engine.signalCode !== null;
    await waitUntil('the engine ends', ended, { seconds: 20 }).catch(() => undefined);
    endProcessesOf(this.folder);
    const { env } = { env: this.environment() };
    for (const mount of this.listMounts()) await runCommand('umount', ['--lazy', mount], { env });
  }

  private listMounts(): string[] {
    const lines = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    return lines.map((line) => line.split(' ')[1] ?? '').filter((path) => path.startsWith(this.folder));
  }

  private get socket(): string {
    return join(this.folder, 'docker.sock');
  }

  private async startEngine(): Promise<void> {
    for (const name of ['data', 'exec', 'config']) mkdirSync(join(this.folder, name));
    const log = openSync(join(this.folder, 'engine.log'), 'a');
    const places = ['--data-root', 'data', '--exec-root', 'exec', '--pidfile', 'docker.pid'];
    const args = places.map((word) => (word.startsWith('--') ? word : join(this.folder, word)));
    const plain = ['--storage-driver=vfs', '--iptables=false', '--ip6tables=false', '--bridge=none'];
    const engine = spawn(findProgram('dockerd'), [...args, '-H', `unix://${this.socket}`, ...plain], {
      cwd: this.folder,
      env: this.environment(),
      stdio: ['ignore', log, log],
    });
    this.engine = engine;
    process.once('exit', () => endProcessesOf(this.folder));
    await waitUntil('the engine answers', async () => (await this.attempt(['version'])).code === 0, {
      seconds: 30,
      everyMs: 100,
    }).catch((error: unknown) => {
      const said = readFileSync(join(this.folder, 'engine.log'), 'utf8').slice(-3000);
      throw new Error(`No Docker engine: ${said}`, { cause: error });
    });
  }

  protected override environment(): Record<string, string> {
    return {
      ...super.environment(),
      DOCKER_HOST: `unix://${this.socket}`,
      DOCKER_CONFIG: join(this.folder, 'config'),
      TMPDIR: this.folder,
    };
  }
}

function signInArguments({ login, secret }: Login, host: string): string[] {
  return ['login', '-u', login, '-p', secret, host];
}
