import type { Command } from 'commander';
import { addApiCommands, given, seg, type ApiCommand } from './api-command';
import { commandGroup } from './connection-options';

const repo = (fullName: string | undefined): string =>
  `/api/v3/repos/${(fullName ?? '').split('/').map(seg).join('/')}`;

const commands: readonly ApiCommand[] = [
  {
    name: 'list',
    args: ['<owner>'],
    description: 'list the repositories of an owner that you may see',
    example: 'repo list acme',
    request: async ({ args, ownerPath }) => ({
      method: 'GET',
      path: `${await ownerPath(args[0] ?? '')}/repos?per_page=100`,
    }),
    columns: ['full_name', 'visibility', 'description'],
  },
  {
    name: 'show',
    args: ['<owner/name>'],
    description: 'show a repository',
    example: 'repo show acme/website',
    request: ({ args }) => ({ method: 'GET', path: repo(args[0]) }),
  },
  {
    name: 'update',
    args: ['<owner/name>'],
    description: 'rename, describe, or change who may see it',
    options: [
      { flags: '--name <name>', description: 'new name' },
      { flags: '--description <text>', description: 'what it is' },
      {
        flags: '--visibility <kind>',
        description: 'who may see it',
        choices: ['public', 'private', 'internal'],
      },
    ],
    example: 'repo update acme/website --visibility internal',
    request: ({ args, options }) => ({
      method: 'PATCH',
      path: repo(args[0]),
      body: given(options, { name: 'name', description: 'description', visibility: 'visibility' }),
    }),
    done: ({ args }) => `Changed ${args[0]}.`,
  },
  {
    name: 'transfer',
    args: ['<owner/name>', '<new-owner>'],
    description: 'give a repository to another owner; packages of the old owner are no longer linked to it',
    example: 'repo transfer acme/website umbrella',
    request: ({ args }) => ({
      method: 'POST',
      path: `${repo(args[0])}/transfer`,
      body: { new_owner: args[1] },
    }),
    done: ({ args }) => `${args[0]} belongs to ${args[1]} now.`,
  },
  {
    name: 'delete',
    args: ['<owner/name>'],
    description: 'delete a repository; packages stay, without their link',
    example: 'repo delete acme/website',
    request: ({ args }) => ({ method: 'DELETE', path: repo(args[0]) }),
    done: ({ args }) => `Deleted the repository ${args[0]}.`,
  },
  {
    name: 'collaborators',
    args: ['<owner/name>'],
    description: 'list who has a role on a repository',
    example: 'repo collaborators acme/website',
    request: ({ args }) => ({ method: 'GET', path: `${repo(args[0])}/collaborators?per_page=100` }),
    columns: ['login', 'role_name'],
  },
  {
    name: 'add-collaborator',
    args: ['<owner/name>', '<login>'],
    description: 'give somebody a role on a repository',
    options: [
      {
        flags: '--role <role>',
        description: 'the role',
        choices: ['pull', 'triage', 'push', 'maintain', 'admin'],
        default: 'push',
      },
    ],
    example: 'repo add-collaborator acme/website eve --role pull',
    request: ({ args, options }) => ({
      method: 'PUT',
      path: `${repo(args[0])}/collaborators/${seg(args[1])}`,
      body: { permission: options.role },
    }),
    done: ({ args, options }) => `${args[1]} has ${String(options.role)} on ${args[0]}.`,
  },
  {
    name: 'remove-collaborator',
    args: ['<owner/name>', '<login>'],
    description: 'take a role on a repository away',
    example: 'repo remove-collaborator acme/website eve',
    request: ({ args }) => ({ method: 'DELETE', path: `${repo(args[0])}/collaborators/${seg(args[1])}` }),
    done: ({ args }) => `${args[1]} has no role on ${args[0]} any more.`,
  },
];

/** Repositories and who has roles on them. */
export function addRepositoryCommands(program: Command): void {
  addApiCommands(
    commandGroup(program, 'repo', 'repositories', 'repo create acme/website --visibility public'),
    commands,
  );
}
