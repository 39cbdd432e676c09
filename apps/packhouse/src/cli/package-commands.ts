import type { Command } from 'commander';
import { addApiCommands, seg, splitName, type ApiCommand, type CommandInput } from './api-command';
import { commandGroup } from './connection-options';

const nameHelp = `
A package is said by its format and name: <format> <owner/name>, or with the scope that its format writes (@owner/name).
`;

export const packageTarget = ['<format>', '<owner/name>'] as const;

async function packagePath({ args, ownerPath }: CommandInput): Promise<string> {
  const { owner, name } = splitName(args[1] ?? '');
  return `${await ownerPath(owner)}/packages/${seg(args[0])}/${seg(name)}`;
}

/** A package in our own API. */
export function ownPackagePath({ args }: Pick<CommandInput, 'args'>): string {
  const { owner, name } = splitName(args[1] ?? '');
  return `/api/packhouse/v1/packages/${seg(owner)}/${seg(args[0])}/${seg(name)}`;
}

/** As people know a package. */
export const packageText = ({ args }: CommandInput): string => `${args[1]} (${args[0]})`;

const packageCommands: readonly ApiCommand[] = [
  {
    name: 'list',
    args: ['<format>', '<owner>'],
    description: 'list the packages of an owner that you may read',
    options: [
      { flags: '--visibility <kind>', description: 'only those', choices: ['public', 'private', 'internal'] },
    ],
    example: 'package list npm acme',
    request: async ({ args, options, ownerPath }) => ({
      method: 'GET',
      path: `${await ownerPath(args[1] ?? '')}/packages?per_page=100&package_type=${seg(args[0])}${
        options.visibility === undefined ? '' : `&visibility=${seg(options.visibility)}`
      }`,
    }),
    columns: ['id', 'name', 'visibility', 'version_count', 'repository.full_name'],
  },
  {
    name: 'show',
    args: packageTarget,
    description: 'show a package',
    example: 'package show npm @acme/lib',
    request: async (input) => ({ method: 'GET', path: await packagePath(input) }),
  },
  {
    name: 'versions',
    args: packageTarget,
    description: 'list the versions of a package: number, name, tags, platforms, and when they came and went',
    options: [
      { flags: '--deleted', description: 'those that were deleted and can be restored' },
      { flags: '--parts', description: 'also what belongs to others: platforms of an image, signatures' },
    ],
    example: 'package versions container acme/app',
    request: (input) => ({
      method: 'GET',
      path: `${ownPackagePath(input)}/versions?per_page=100${input.options.deleted ? '&state=deleted' : ''}${
        input.options.parts ? '&parts=true' : ''
      }`,
    }),
    columns: ['number', 'version', 'tags', 'platforms', 'createdAt', 'deletedAt'],
  },
  {
    name: 'delete',
    args: packageTarget,
    description: 'delete a package, or one version of it; both can be restored for a time',
    options: [
      {
        flags: '--version-id <number>',
        description: 'only the version of this number: "number" in "package versions", not "id"',
      },
    ],
    example: 'package delete npm @acme/lib --version-id 17',
    request: async (input) => ({ method: 'DELETE', path: await versionPath(input) }),
    done: (input) => `Deleted ${versionText(input)}${packageText(input)}.`,
  },
  {
    name: 'restore',
    args: packageTarget,
    description: 'bring back a deleted package, or one deleted version of it',
    options: [
      {
        flags: '--version-id <number>',
        description: 'only the version of this number: "number" in "package versions --deleted", not "id"',
      },
    ],
    example: 'package restore npm @acme/lib',
    request: async (input) => ({ method: 'POST', path: `${await versionPath(input)}/restore` }),
    done: (input) => `Restored ${versionText(input)}${packageText(input)}.`,
  },
];

async function versionPath(input: CommandInput): Promise<string> {
  const path = await packagePath(input);
  return input.options.versionId === undefined ? path : `${path}/versions/${seg(input.options.versionId)}`;
}

const versionText = ({ options }: CommandInput): string =>
  options.versionId === undefined ? '' : `version ${String(options.versionId)} of `;

/** Packages, as the API that GitHub's clients know has them. */
export function addPackageCommands(program: Command): void {
  const group = commandGroup(program, 'package', 'packages and their versions', 'package list npm acme');
  group.addHelpText('before', '').addHelpText('after', nameHelp);
  addApiCommands(group, packageCommands);
}
