import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadyMessage } from '@packhouse/runtime';

const RESTART_WAIT_MS = 500;
const STOP_PATIENCE_MS = 20_000;

export interface ServiceProcessOptions {
  /** Arguments of the `packhouse` command line. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** How lines of it are marked: `gateway 1`. */
  readonly label: string;
  readonly onLine: (line: string) => void;
}

/**
 * One `packhouse` command in a process of its own, started again when it dies. It holds a channel to us and ends by
 * itself when the channel closes, however we ended.
 */
export class ServiceProcess {
  private child: ChildProcess | null = null;
  private ready: ReadyMessage | null = null;
  private stopping = false;

  constructor(private readonly options: ServiceProcessOptions) {}

  /** Null while it is down. */
  get port(): number | null {
    return this.ready?.port ?? null;
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  get isReady(): boolean {
    return this.ready !== null;
  }

  /** Resolves when it serves; rejects with what it said when it ends before. */
  start(): Promise<ReadyMessage> {
    this.stopping = false;
    const child = fork(join(__dirname, '..', 'main.js'), [...this.options.args], {
      env: this.options.env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A profiler or debugger of ours is not for them.
      execArgv: [],
    });
    this.child = child;
    const said = this.collectOutput(child);
    return new Promise((resolve, reject) => {
      child.once('message', (message) => {
        this.ready = message as ReadyMessage;
        child.on('exit', () => void this.startAgain());
        resolve(this.ready);
      });
      child.once('exit', () => {
        const wasReady = this.ready !== null;
        this.ready = null;
        if (!wasReady) reject(new Error(said().trim() || `${this.options.label} ended before it was ready.`));
      });
    });
  }

  /** SIGTERM, then SIGKILL when it takes too long. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.end('SIGTERM');
  }

  /** Ends it with a signal and waits until it serves again. */
  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.stopping = true;
    await this.end(signal);
    await this.start();
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
    await gone;
    clearTimeout(timer);
  }

  private async startAgain(): Promise<void> {
    while (!this.stopping) {
      this.options.onLine(`${this.options.label}: ended, starting it again`);
      await sleep(RESTART_WAIT_MS);
      if (this.stopping) return;
      const failure = await this.start().then(
        () => null,
        (error: Error) => error,
      );
      if (failure === null) return;
    }
  }

  /** Passes its lines on, marked; gives the way to what it wrote on standard error so far. */
  private collectOutput(child: ChildProcess): () => string {
    let errors = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.passOn(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4000);
      this.passOn(text);
    });
    return () => errors;
  }

  private passOn(text: string): void {
    for (const line of text.trimEnd().split('\n')) this.options.onLine(`${this.options.label}: ${line}`);
  }
}
