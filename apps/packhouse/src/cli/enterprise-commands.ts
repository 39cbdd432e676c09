import type { Command } from 'commander';
import { addApiCommands, given, seg, type ApiCommand } from './api-command';
import { commandGroup } from './connection-options';

const root = '/api/packhouse/v1/enterprises';

const organizationsOf = (slug: string | undefined): string => `${root}/${seg(slug)}/organizations`;

const commands: readonly ApiCommand[] = [
  {
    name: 'list',
    description: 'list the enterprises',
    example: 'enterprise list',
    request: () => ({ method: 'GET', path: `${root}?limit=100` }),
    columns: ['slug', 'name'],
  },
  {
    name: 'create',
    args: ['<enterprise>'],
    description: 'make an enterprise',
    options: [{ flags: '--name <name>', description: 'name to show' }],
    example: "enterprise create acme-group --name 'Acme Group'",
    request: ({ args, options }) => ({
      method: 'POST',
      path: root,
      body: { slug: args[0], ...given(options, { name: 'name' }) },
    }),
    done: ({ args }) => `Made the enterprise ${args[0]}.`,
  },
  {
    name: 'delete',
    args: ['<enterprise>'],
    description: 'delete an enterprise; its organizations stay',
    example: 'enterprise delete acme-group',
    request: ({ args }) => ({ method: 'DELETE', path: `${root}/${seg(args[0])}` }),
    done: ({ args }) => `Deleted the enterprise ${args[0]}.`,
  },
  {
    name: 'orgs',
    args: ['<enterprise>'],
    description: 'list the organizations of an enterprise',
    example: 'enterprise orgs acme-group',
    request: ({ args }) => ({ method: 'GET', path: `${organizationsOf(args[0])}?limit=100` }),
    columns: ['login', 'name'],
  },
  {
    name: 'add-org',
    args: ['<enterprise>', '<org>'],
    description: 'put an organization into an enterprise',
    example: 'enterprise add-org acme-group acme',
    request: ({ args }) => ({ method: 'PUT', path: `${organizationsOf(args[0])}/${seg(args[1])}` }),
    done: ({ args }) => `${args[1]} is in the enterprise ${args[0]}.`,
  },
  {
    name: 'remove-org',
    args: ['<enterprise>', '<org>'],
    description: 'take an organization out of an enterprise',
    example: 'enterprise remove-org acme-group acme',
    request: ({ args }) => ({ method: 'DELETE', path: `${organizationsOf(args[0])}/${seg(args[1])}` }),
    done: ({ args }) => `${args[1]} is not in the enterprise ${args[0]}.`,
  },
];

/** Enterprises, for site administrators. */
export function addEnterpriseCommands(program: Command): void {
  addApiCommands(
    commandGroup(
      program,
      'enterprise',
      'organizations that share their internal packages; site administrators only',
      'enterprise create acme-group',
    ),
    commands,
  );
}
