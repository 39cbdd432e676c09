import type { Command } from 'commander';
import { addApiCommands, seg, type ApiCommand } from './api-command';
import { commandGroup } from './connection-options';

const root = '/api/packhouse/v1/retired-names';

const commands: readonly ApiCommand[] = [
  {
    name: 'list',
    description: 'list names of packages that nobody may make again',
    options: [{ flags: '--owner <login>', description: 'only those under this former login' }],
    example: 'retired-name list --owner acme',
    request: ({ options }) => ({
      method: 'GET',
      path: `${root}?limit=100${options.owner === undefined ? '' : `&login=${seg(options.owner)}`}`,
    }),
    columns: ['id', 'format', 'login', 'name', 'retiredAt'],
  },
  {
    name: 'free',
    args: ['<id>'],
    description: 'let a retired name be used again',
    example: 'retired-name free 0e3f7f9c-6a53-4a53-9b0e-8d9c2f2f7f11',
    request: ({ args }) => ({ method: 'DELETE', path: `${root}/${seg(args[0])}` }),
    done: () => 'The name may be used again.',
  },
];

/** Names that widely used packages left behind, for site administrators. */
export function addRetiredNameCommands(program: Command): void {
  addApiCommands(
    commandGroup(
      program,
      'retired-name',
      'names that widely used packages left behind; site administrators only',
      'retired-name list',
    ),
    commands,
  );
}
