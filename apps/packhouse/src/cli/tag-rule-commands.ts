import type { Command } from 'commander';
import { addApiCommands, type ApiCommand, type CommandInput } from './api-command';
import { commandGroup } from './connection-options';
import { ownPackagePath, packageTarget, packageText } from './package-commands';

const rulesPath = (input: CommandInput): string => `${ownPackagePath(input)}/tag-rules`;
const patternHelp = `
A pattern is the name of a tag, in which * stands for any run of characters: quote it, for the shell would replace it.
`;

const commands: readonly ApiCommand[] = [
  {
    name: 'list',
    args: packageTarget,
    description: 'list the patterns of tags that stay on the version they are first put on',
    example: 'tag-rules list container acme/app',
    request: (input) => ({ method: 'GET', path: rulesPath(input) }),
    rows: ({ immutable }) => (immutable as string[]).map((pattern) => ({ pattern })),
    columns: ['pattern'],
  },
  {
    name: 'add',
    args: [...packageTarget, '<pattern>'],
    description: 'let tags that match a pattern stay where they are, from now on',
    help: patternHelp,
    example: "tag-rules add container acme/app 'v*'",
    request: (input) => ({ method: 'PATCH', path: rulesPath(input), body: { add: [input.args[2]] } }),
    done: (input) => `Tags of ${packageText(input)} that match ${input.args[2]} stay where they are.`,
  },
  {
    name: 'remove',
    args: [...packageTarget, '<pattern>'],
    description: 'let tags that match a pattern move again',
    help: patternHelp,
    example: "tag-rules remove container acme/app 'v*'",
    request: (input) => ({ method: 'PATCH', path: rulesPath(input), body: { remove: [input.args[2]] } }),
    done: (input) => `${packageText(input)} has no rule ${input.args[2]} any more.`,
  },
];

/** Which tags of a package are immutable. */
export function addTagRuleCommands(program: Command): void {
  addApiCommands(
    commandGroup(
      program,
      'tag-rules',
      'which tags of a package never move',
      'tag-rules list container acme/app',
    ),
    commands,
  );
}
