import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A started `own-postgres.ts` and what it said so far. */
export class OwnerProcess {
  private readonly said: Array<readonly [word: string, fact: string]> = [];
  private readonly exited: Promise<unknown>;
  private notice: () => void = () => undefined;

  private constructor(readonly process: ChildProcess) {
    createInterface({ input: process.stdout! }).on('line', (line) => {
      const space = line.indexOf(' ');
      this.said.push([line.slice(0, space), line.slice(space + 1)]);
      this.notice();
    });
    this.exited = once(process, 'close').then(() => this.notice());
  }

  static start(folder: string, user: { uid: number; gid: number } = { uid: 0, gid: 0 }): OwnerProcess {
    const script = join(__dirname, 'own-postgres.ts');
    const args = [
      '-r',
      join(__dirname, 'typescript-loader.cjs'),
      script,
      folder,
      String(user.uid),
      String(user.gid),
    ];
    return new OwnerProcess(
      spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' }),
    );
  }

  /** Waits until the process has said one of these words; gives the word and what it said. */
  async hear(...words: string[]): Promise<readonly [word: string, fact: string]> {
    for (;;) {
      const heard = this.said.find(([word]) => words.includes(word));
      if (heard !== undefined) return heard;
      if (this.process.exitCode !== null)
        throw new Error(`The process ended without saying ${words.join(' or ')}.`);
      await new Promise<void>((resolve) => (this.notice = resolve));
    }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
    await this.exited;
  }
}
