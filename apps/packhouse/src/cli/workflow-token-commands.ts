import type { Command } from 'commander';
import { addApiCommands, given, seg, splitName, type ApiCommand } from './api-command';
import { commandGroup } from './connection-options';

function tokensPath(fullName: string | undefined): string {
  const { owner, name } = splitName(fullName ?? '');
  return `/api/packhouse/v1/repositories/${seg(owner)}/${seg(name)}/workflow-tokens`;
}

const commands: readonly ApiCommand[] = [
  {
    name: 'create',
    args: ['<owner/name>'],
    description: 'make a token for one job of a repository and print it, this once',
    options: [
      {
        flags: '--role <role>',
        description: 'what the job may do with packages of the repository',
        choices: ['read', 'write'],
        default: 'write',
      },
      { flags: '--name <name>', description: 'to recognise it' },
      { flags: '--minutes <count>', description: 'how long it works; a day at most' },
    ],
    example: 'workflow-token create acme/website --role read --minutes 30',
    request: ({ args, options }) => ({
      method: 'POST',
      path: tokensPath(args[0]),
      body: {
        ...given(options, { role: 'role', name: 'name' }),
        ...(options.minutes === undefined ? {} : { lifetimeMinutes: Number(options.minutes) }),
      },
    }),
    // Alone on its line: scripts read it.
    done: (_input, { token }) => String(token),
  },
  {
    name: 'list',
    args: ['<owner/name>'],
    description: 'list the tokens of jobs that still work',
    example: 'workflow-token list acme/website',
    request: ({ args }) => ({ method: 'GET', path: tokensPath(args[0]) }),
    columns: ['id', 'prefix', 'name', 'workflow.role', 'expiresAt'],
  },
  {
    name: 'revoke',
    args: ['<owner/name>', '<id>'],
    description: 'revoke the token of a job, at once',
    example: 'workflow-token revoke acme/website 0199…',
    request: ({ args }) => ({ method: 'DELETE', path: `${tokensPath(args[0])}/${seg(args[1])}` }),
    done: () => 'The token is revoked.',
  },
];

/** Tokens of jobs, for CI systems that sign no ID tokens. */
export function addWorkflowTokenCommands(program: Command): void {
  addApiCommands(
    commandGroup(
      program,
      'workflow-token',
      'tokens for jobs of a repository',
      'workflow-token create acme/website',
    ),
    commands,
  );
}
