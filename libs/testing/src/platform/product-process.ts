import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceFolder } from '../clients/installations';
import { endProcessesOf } from '../processes/process-table';
import { killGroup } from '../processes/run-command';
import { waitUntil } from '../processes/wait-until';

const MAX_OUTPUT = 2_000_000;

/** One start of the product's command line in a process group of its own. */
export class ProductProcess {
  private child: ChildProcess | null = null;
  private printed = '';

  constructor(
    private readonly args: readonly string[],
    private readonly env: Readonly<Record<string, string>>,
    /** Named in the command line of everything that belongs to it, Postgres included. */
    private readonly folder: string,
  ) {
    process.once('exit', () => {
      if (this.child) killGroup(this.child);
      endProcessesOf(this.folder);
    });
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get output(): string {
    return this.printed;
  }

  get running(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** With these settings beside those of before. */
  start(env: Readonly<Record<string, string>> = {}): void {
    const main = join(workspaceFolder, 'apps/packhouse/dist/main.js');
    if (!existsSync(main)) throw new Error('The product is not built: run "npm run build".');
    this.child = spawn(process.execPath, [main, ...this.args], {
      cwd: this.folder,
      env: { ...this.env, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.printed = (this.printed + chunk).slice(-MAX_OUTPUT);
      });
    }
  }

  /** Waits for a condition, and gives up at once when the process ends before. */
  async waitFor(what: string, check: () => Promise<boolean> | boolean, seconds: number): Promise<void> {
    let ended = false;
    await waitUntil(
      what,
      async () => {
        ended = !this.running;
        return ended || (await check());
      },
      { seconds, everyMs: 25 },
    ).catch((error: unknown) => {
      throw new Error(`${what}: not so after ${seconds} s.\n${this.printed.slice(-4000)}`, { cause: error });
    });
    if (ended) throw new Error(`The product ended before it was ready:\n${this.printed.slice(-4000)}`);
  }

  async stop(): Promise<void> {
    if (this.running) {
      this.child?.kill('SIGTERM');
      await waitUntil('the product stops', () => !this.running, { seconds: 40 }).catch(() => undefined);
    }
    if (this.running) {
      await this.kill();
      throw new Error(`The product did not stop on SIGTERM:\n${this.printed.slice(-4000)}`);
    }
    endProcessesOf(this.folder);
  }

  /** The whole group at once. What has left the group (a Postgres, perhaps) stays, as after a crash. */
  async kill(): Promise<void> {
    if (!this.child) return;
    killGroup(this.child);
    await waitUntil('the killed product is gone', () => !this.running, { seconds: 10, everyMs: 5 });
  }
}

/** What every start of the product gets of the environment. */
export function productEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: process.env.HOME ?? '/',
    LANG: 'C.UTF-8',
    PACKHOUSE_LOG_LEVEL: 'warn',
    ...env,
  };
}

/** True once /health/ready says so. */
export async function isReady(url: string): Promise<boolean> {
  return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) })).ok;
}
