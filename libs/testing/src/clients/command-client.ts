import { runCommand, type CommandOptions, type CommandResult } from '../processes/run-command';
import { makeTemporaryFolder } from '../processes/temporary-folder';

/** The command failed; the message carries everything it printed. */
export class ClientError extends Error {
  constructor(
    command: string,
    readonly result: CommandResult,
  ) {
    super(`"${command}" ended with ${String(result.code)}:\n${result.output.slice(-6000)}`);
    this.name = 'ClientError';
  }
}

/**
 * A real client, run as a child process with a home and an environment of its own: nothing of the person's settings
 * reaches it, and two clients never share state.
 */
export abstract class CommandClient {
  /** Its home; everything it keeps is below. */
  readonly folder: string;

  protected constructor(
    readonly name: string,
    /** The command line's first words: the program, and an interpreter before it where it needs one. */
    protected readonly command: readonly string[],
  ) {
    this.folder = makeTemporaryFolder(name);
  }

  /** Runs any command of the client; an exit code other than 0 throws {@link ClientError}. */
  async run(args: readonly string[], options: Partial<CommandOptions> = {}): Promise<CommandResult> {
    const result = await this.attempt(args, options);
    if (result.code !== 0) throw new ClientError(`${this.name} ${args.join(' ')}`, result);
    return result;
  }

  /** Runs any command of the client and gives the result whatever the exit code. */
  attempt(args: readonly string[], options: Partial<CommandOptions> = {}): Promise<CommandResult> {
    const [program = '', ...first] = this.command;
    const { env, ...rest } = options;
    return runCommand(program, [...first, ...args], {
      cwd: this.folder,
      ...rest,
      env: { ...this.environment(), ...env },
    });
  }

  /** Everything the child process sees of the environment. */
  protected environment(): Record<string, string> {
    return {
      PATH: `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`,
      HOME: this.folder,
      LANG: 'C.UTF-8',
      TERM: 'dumb',
      NO_COLOR: '1',
      NO_PROXY: '127.0.0.1,localhost',
    };
  }
}
