import type { Command } from 'commander';

/** What the help of every command that talks to an instance says. */
export const connectionHelp = `
They talk to a running instance: --url, PACKHOUSE_URL, or this machine's PACKHOUSE_PORT (4880).
Sign in with a token (--token, PACKHOUSE_TOKEN) or with a login (--login, PACKHOUSE_LOGIN), whose password is
PACKHOUSE_PASSWORD or is asked for; --otp where the account asks for one.
--json prints the instance's answer for scripts; a refusal is one sentence on standard error and exit code 1.
`;

/** The options by which a command finds the instance and signs in. */
export function withConnection(command: Command): Command {
  return command
    .option('--url <url>', 'where the instance is')
    .option('--token <token>', 'access token to sign in with')
    .option('--login <login>', 'login to sign in with')
    .option('--otp <code>', 'one-time password')
    .option('--json', 'print the answer as JSON');
}

/** The example at the end of a command's help. */
export const exampleOf = (line: string): string => `\nExample:\n  $ packhouse ${line}\n`;

/** A group of commands; those that exist are added to. */
export function commandGroup(program: Command, name: string, description: string, example: string): Command {
  const existing = program.commands.find((command) => command.name() === name);
  if (existing) return existing;
  return program
    .command(name)
    .description(description)
    .helpCommand(false)
    .addHelpText('after', `${connectionHelp}${exampleOf(example)}`);
}
