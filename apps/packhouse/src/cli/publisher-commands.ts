import type { Command } from 'commander';
import { addApiCommands, given, seg, type ApiCommand } from './api-command';
import { commandGroup } from './connection-options';

const path = (owner: string | undefined): string => `/api/packhouse/v1/trusted-publishers/${seg(owner)}`;

/** `sub=repo:acme/*,environment=release` as an object; a value may hold further equals signs. */
function readClaims(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, Math.max(0, equals)).trim(), pair.slice(equals + 1).trim()];
    }),
  );
}

const commands: readonly ApiCommand[] = [
  {
    name: 'list',
    args: ['<owner>'],
    description: 'list the CI systems that an owner trusts',
    options: [
      { flags: '--repository <name>', description: 'only for this repository; for its admins' },
      { flags: '--package <name>', description: 'only for this package; for its admins, with --format' },
      { flags: '--format <format>', description: 'format of the package' },
    ],
    example: 'publisher list acme --repository website',
    request: ({ args, options }) => ({
      method: 'GET',
      path: `${path(args[0])}?limit=100${['repository', 'package', 'format']
        .filter((name) => options[name] !== undefined)
        .map((name) => `&${name}=${seg(options[name])}`)
        .join('')}`,
    }),
    columns: ['id', 'issuer', 'role', 'packageName', 'claims'],
  },
  {
    name: 'add',
    args: ['<owner>'],
    description: 'trust jobs of a CI system to publish, without a secret in it',
    options: [
      { flags: '--issuer <url>', description: 'who signs the ID tokens', required: true },
      {
        flags: '--claims <list>',
        description: 'claims that tell the jobs, as name=pattern,… (* for any run of characters)',
        required: true,
      },
      { flags: '--repository <name>', description: 'only for packages of this repository' },
      { flags: '--package <name>', description: 'only for this package' },
      { flags: '--format <format>', description: 'only for this format' },
      { flags: '--audience <text>', description: 'the audience that the ID tokens must be for' },
      {
        flags: '--role <role>',
        description: 'what a job may do',
        choices: ['read', 'write', 'admin'],
        default: 'write',
      },
    ],
    example:
      "publisher add acme --issuer https://token.actions.githubusercontent.com --claims 'sub=repo:acme/website:*' --repository website",
    request: ({ args, options }) => ({
      method: 'POST',
      path: path(args[0]),
      body: {
        claims: readClaims(String(options.claims)),
        ...given(options, {
          issuer: 'issuer',
          repository: 'repository',
          package: 'package',
          format: 'format',
          audience: 'audience',
          role: 'role',
        }),
      },
    }),
    done: ({ args, options }) => `${args[0]} trusts jobs of ${String(options.issuer)}.`,
  },
  {
    name: 'remove',
    args: ['<owner>', '<id>'],
    description: 'trust it no more, at once',
    example: 'publisher remove acme 0199…',
    request: ({ args }) => ({ method: 'DELETE', path: `${path(args[0])}/${seg(args[1])}` }),
    done: ({ args }) => `${args[0]} trusts it no more.`,
  },
];

/** Trusted publishing. */
export function addPublisherCommands(program: Command): void {
  addApiCommands(
    commandGroup(program, 'publisher', 'CI systems that may publish without a secret', 'publisher list acme'),
    commands,
  );
}
