import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const main = join(__dirname, '..', '..', 'dist', 'main.js');
const PATIENCE_MS = 60_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The compiled command line in a process of its own. */
export class Product {
  stdout = '';
  stderr = '';
  readonly startedAt = Date.now();
  private readonly child: ChildProcess;
  private readonly ended: Promise<Ended>;

  /** `input`: what is typed into it. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>>, input?: string) {
    if (!existsSync(main)) throw new Error('The product is not built: run "npm run build".');
    const { PATH = '', HOME = '/' } = process.env;
    this.child = spawn(process.execPath, [main, ...args], {
      env: { PATH, HOME, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdin?.on('error', () => undefined).end(input);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) =>
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }),
      );
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits for its end. */
  async end(): Promise<Ended> {
    return this.ended;
  }

  /** Waits for the start screen; gives the address on it. */
  async ready(): Promise<string> {
    let over = false;
    void this.ended.then(() => (over = true));
    for (const limit = Date.now() + PATIENCE_MS; Date.now() < limit && !over;) {
      const address = /Address\s+(http:\S+)/.exec(this.stdout)?.[1];
      if (address) return address;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`It did not become ready.\n${this.stdout}\n${this.stderr}`);
  }
}
