import { Command } from 'commander';
import { connectionHelp, withConnection } from '../cli/connection-options';

const connectionFlags = new Set(withConnection(new Command()).options.map(({ flags }) => flags));

const head = `# The command line

Made by \`packhouse commands\` from the code. In a clone \`packhouse\` is \`npm run -s packhouse --\`.
`;

/** Every command with its options and examples, in Markdown: docs/cli.md. */
export function documentCommands(program: Command): string {
  const sections = visible(program).map((command) => sectionOf(command, 2));
  return [head, `## Connection\n\n${fence(connectionHelp)}`, ...sections, ''].join('\n');
}

/** Commands that people are told of. */
export function visible(command: Command): Command[] {
  return command.commands.filter((one) => !(one as Command & { _hidden?: boolean })._hidden);
}

function sectionOf(command: Command, level: number): string {
  const inner = visible(command);
  return [
    `${'#'.repeat(level)} ${pathOf(command)}`,
    '',
    ...(inner.length === 0 ? [`\`${pathOf(command)} ${command.usage()}\``, ''] : []),
    `${sentence(command.description())}${connects(command) ? ' Takes the options of [connection](#connection).' : ''}`,
    '',
    ...optionsOf(command),
    fence(textAfter(command).replace(connectionHelp, '')),
    ...inner.map((one) => sectionOf(one, level + 1)),
  ].join('\n');
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

function connects({ options }: Command): boolean {
  return options.some(({ flags }) => flags === '--url <url>');
}

function optionsOf(command: Command): string[] {
  const own = command.options.filter(
    ({ flags, hidden }) => !hidden && !(connects(command) && connectionFlags.has(flags)),
  );
  if (own.length === 0) return [];
  const lines = own.map(({ flags, description, argChoices, defaultValue }) => {
    const choices = argChoices ? `: ${argChoices.join(', ')}` : '';
    const byDefault = defaultValue === undefined ? '' : ` (default ${String(defaultValue)})`;
    return `- \`${flags}\` ${description}${choices}${byDefault}`;
  });
  return [...lines, ''];
}

/** What the help says after usage and options. */
export function textAfter(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text.replace(command.helpInformation(), '');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function fence(text: string): string {
  return `\`\`\`text\n${text.trim()}\n\`\`\`\n`;
}
