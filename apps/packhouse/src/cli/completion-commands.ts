import { Option, type Command } from 'commander';

const shells = ['bash', 'zsh', 'fish', 'pwsh'];

/** Completion of this command line in shells. */
export function addCompletionCommands(program: Command): void {
  const completion = program
    .command('completion')
    .description('completion of commands, options and names in your shell')
    .helpCommand(false)
    .addHelpText('after', help);
  for (const shell of shells)
    completion
      .command(shell)
      .description(`print the script for ${shell}`)
      .addHelpText('after', `\nExample:\n  $ packhouse completion ${shell}\n`)
      .action(async () => (await import('../actions/completion.js')).printScript(shell));
  completion
    .command('install')
    .description('put it into the start file of your shell')
    .addOption(new Option('--shell <shell>', 'default: that of $SHELL').choices(shells))
    .addHelpText('after', '\nExample:\n  $ packhouse completion install --shell zsh\n')
    .action(async (options: { shell?: string }) =>
      (await import('../actions/completion.js')).installCompletion(options.shell),
    );
  // What the scripts call at each press of the key; they pass the words behind a double dash.
  program
    .command('completion-server', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .action(async () => (await import('../actions/completion.js')).answerShell(program));
}

const help = `
Names of formats and organizations are asked from the instance when PACKHOUSE_TOKEN (or PACKHOUSE_PASSWORD) is set.

Examples:
  $ packhouse completion install                 then open a new shell
  $ source <(packhouse completion bash)          for this shell only
`;
