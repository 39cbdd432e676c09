import type { Command } from 'commander';
import { addApiCommands, seg, type ApiCommand } from './api-command';
import { commandGroup } from './connection-options';
import { ownPackagePath, packageTarget, packageText } from './package-commands';

const settingsCommands: readonly ApiCommand[] = [
  {
    name: 'visibility',
    args: [...packageTarget, { name: '<kind>', choices: ['public', 'private', 'internal'] }],
    description: 'change who sees a package; public is for ever',
    help: '\nPublic never changes back, so the name has to be typed; in scripts say --yes.\n',
    example: 'package visibility npm @acme/lib internal',
    confirm: ({ args }) =>
      args[2] === 'public'
        ? {
            warning: `Everybody will be able to read ${args[1]}, every version of it, and it can never be made private again.`,
            name: args[1] ?? '',
          }
        : null,
    request: (input) => ({
      method: 'PUT',
      path: `${ownPackagePath(input)}/visibility`,
      body: { visibility: input.args[2] },
    }),
    done: (input) => `${packageText(input)} is ${input.args[2]}.`,
  },
  {
    name: 'link',
    args: [...packageTarget, '<repository>'],
    description: 'link a package to a repository of its owner',
    example: 'package link npm @acme/lib website',
    request: (input) => ({
      method: 'PUT',
      path: `${ownPackagePath(input)}/repository`,
      body: { repository: input.args[2] },
    }),
    done: (input) => `${packageText(input)} belongs to the repository ${input.args[2]}.`,
  },
  {
    name: 'unlink',
    args: packageTarget,
    description: 'unlink a package from its repository',
    example: 'package unlink npm @acme/lib',
    request: (input) => ({ method: 'DELETE', path: `${ownPackagePath(input)}/repository` }),
    done: (input) => `${packageText(input)} belongs to no repository.`,
  },
  {
    name: 'inherit',
    args: [...packageTarget, { name: '<switch>', choices: ['on', 'off'] }],
    description:
      'whether the access of the linked repository counts; on drops the list of people and teams, off leaves it to you',
    example: 'package inherit npm @acme/lib on',
    request: (input) => ({
      method: 'PUT',
      path: `${ownPackagePath(input)}/inheritance`,
      body: { inherits: input.args[2] === 'on' },
    }),
    done: (input) =>
      input.args[2] === 'on'
        ? `${packageText(input)} has the access of its repository.`
        : `${packageText(input)} has a list of people and teams of its own: you.`,
  },
  {
    name: 'free-version',
    args: [...packageTarget, '<version>'],
    description: 'let the number of a deleted version be published again; site administrators only',
    example: 'package free-version npm @acme/lib 1.0.0',
    request: (input) => ({
      method: 'DELETE',
      path: `${ownPackagePath(input)}/reserved-versions/${seg(input.args[2])}`,
    }),
    done: (input) => `The number ${input.args[2]} of ${packageText(input)} is free.`,
  },
];

/** What GitHub has only on its web pages: visibility, link and inheritance of a package. */
export function addPackageSettingsCommands(program: Command): void {
  const group = commandGroup(program, 'package', 'packages and their versions', 'package list npm acme');
  addApiCommands(group, settingsCommands);
}
