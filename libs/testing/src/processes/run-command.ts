import { spawn, type ChildProcess } from 'node:child_process';

/** What a finished command left behind. */
export interface CommandResult {
  /** Null when it was ended by a signal or the time limit. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams in the order of arrival, as a person would see them. */
  readonly output: string;
  readonly seconds: number;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutSeconds?: number;
  /** Called with everything seen so far; for prompts. The writer sends to standard input. */
  readonly onOutput?: (output: string, write: (text: string) => void) => void;
}

const MAX_OUTPUT = 4_000_000;

/** Runs a command in a process group of its own and gives what it printed; never rejects for an exit code. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const started = process.hrtime.bigint();
  const child = spawn(command, [...args], {
    cwd: options.cwd,
    env: { ...options.env },
    detached: true,
    stdio: [options.onOutput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  const seen = { stdout: '', stderr: '', output: '' };
  const collect = (stream: 'stdout' | 'stderr') => (chunk: string) => {
    if (seen.output.length < MAX_OUTPUT) {
      seen[stream] += chunk;
      seen.output += chunk;
    }
    options.onOutput?.(seen.output, (text) => child.stdin?.write(text));
  };
  child.stdout?.setEncoding('utf8').on('data', collect('stdout'));
  child.stderr?.setEncoding('utf8').on('data', collect('stderr'));
  child.stdin?.on('error', () => undefined); // the command may end before it has read everything
  const limit = options.timeoutSeconds ?? 90;
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      seen.output += `\n[stopped after ${limit} s]`;
      killGroup(child);
    }, limit * 1000);
    const finish = (code: number | null) => {
      clearTimeout(timer);
      resolve({ code, ...seen, seconds: Number(process.hrtime.bigint() - started) / 1e9 });
    };
    child.once('error', (error) => {
      seen.output += error.message;
      finish(null);
    });
    child.once('close', finish);
  });
}

/** Ends a child and everything it started; a group that is gone is fine. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
