import type { Command } from 'commander';
import { addApiCommands, given, seg, type ApiCommand } from './api-command';
import { commandGroup } from './connection-options';

const team = (org: string | undefined, slug: string | undefined): string =>
  `/api/v3/orgs/${seg(org)}/teams/${seg(slug)}`;

const userCommands: readonly ApiCommand[] = [
  {
    name: 'list',
    description: 'list users and organizations',
    example: 'user list --json',
    request: () => ({ method: 'GET', path: '/api/v3/users?per_page=100' }),
    columns: ['login', 'type', 'site_admin'],
  },
  {
    name: 'show',
    args: ['<login>'],
    description: 'show an account',
    example: 'user show alice',
    request: ({ args }) => ({ method: 'GET', path: `/api/v3/users/${seg(args[0])}` }),
  },
  {
    name: 'rename',
    args: ['<login>', '<new-login>'],
    description: 'give a user another login; site administrators only',
    example: 'user rename alice alicia',
    request: ({ args }) => ({
      method: 'PATCH',
      path: `/api/v3/admin/users/${seg(args[0])}`,
      body: { login: args[1] },
    }),
    done: ({ args }) => `${args[0]} is now called ${args[1]}.`,
  },
  {
    name: 'delete',
    args: ['<login>'],
    description: 'delete a user with its packages; site administrators only',
    example: 'user delete alice',
    request: ({ args }) => ({ method: 'DELETE', path: `/api/v3/admin/users/${seg(args[0])}` }),
    done: ({ args }) => `Deleted the user ${args[0]}.`,
  },
  {
    name: 'suspend',
    args: ['<login>'],
    description: 'shut a user out; what it owns stays; site administrators only',
    options: [{ flags: '--reason <text>', description: 'why, for the audit log' }],
    example: "user suspend alice --reason 'laptop stolen'",
    request: ({ args, options }) => ({
      method: 'PUT',
      path: `/api/v3/users/${seg(args[0])}/suspended`,
      body: given(options, { reason: 'reason' }),
    }),
    done: ({ args }) => `${args[0]} is suspended.`,
  },
  {
    name: 'unsuspend',
    args: ['<login>'],
    description: 'let a user in again; site administrators only',
    options: [{ flags: '--reason <text>', description: 'why, for the audit log' }],
    example: 'user unsuspend alice',
    request: ({ args, options }) => ({
      method: 'DELETE',
      path: `/api/v3/users/${seg(args[0])}/suspended`,
      body: given(options, { reason: 'reason' }),
    }),
    done: ({ args }) => `${args[0]} is not suspended.`,
  },
];

const organizationCommands: readonly ApiCommand[] = [
  {
    name: 'list',
    description: 'list organizations',
    example: 'org list',
    request: () => ({ method: 'GET', path: '/api/v3/organizations?per_page=100' }),
    columns: ['login', 'id'],
  },
  {
    name: 'show',
    args: ['<org>'],
    description: 'show an organization',
    example: 'org show acme',
    request: ({ args }) => ({ method: 'GET', path: `/api/v3/orgs/${seg(args[0])}` }),
  },
  {
    name: 'members',
    args: ['<org>'],
    description: 'list members',
    options: [
      {
        flags: '--role <role>',
        description: 'only those',
        choices: ['all', 'admin', 'member'],
        default: 'all',
      },
    ],
    example: 'org members acme --role admin',
    request: ({ args, options }) => ({
      method: 'GET',
      path: `/api/v3/orgs/${seg(args[0])}/members?per_page=100&role=${seg(options.role)}`,
    }),
    columns: ['login', 'id'],
  },
];

const teamCommands: readonly ApiCommand[] = [
  {
    name: 'create',
    args: ['<org>', '<name>'],
    description: 'make a team',
    options: [
      { flags: '--description <text>', description: 'what it is for' },
      { flags: '--parent <id>', description: 'id of the team that it belongs to' },
      { flags: '--privacy <kind>', description: 'who sees it', choices: ['closed', 'secret'] },
    ],
    example: 'team create acme builders',
    request: ({ args, options }) => ({
      method: 'POST',
      path: `/api/v3/orgs/${seg(args[0])}/teams`,
      body: {
        name: args[1],
        ...given(options, { description: 'description', privacy: 'privacy' }),
        ...(options.parent === undefined ? {} : { parent_team_id: Number(options.parent) }),
      },
    }),
    done: ({ args }) => `Made the team ${args[1]} of ${args[0]}.`,
  },
  {
    name: 'list',
    args: ['<org>'],
    description: 'list the teams of an organization',
    example: 'team list acme',
    request: ({ args }) => ({ method: 'GET', path: `/api/v3/orgs/${seg(args[0])}/teams?per_page=100` }),
    columns: ['slug', 'name', 'id', 'privacy', 'parent.slug'],
  },
  {
    name: 'delete',
    args: ['<org>', '<team>'],
    description: 'delete a team with the teams below it',
    example: 'team delete acme builders',
    request: ({ args }) => ({ method: 'DELETE', path: team(args[0], args[1]) }),
    done: ({ args }) => `Deleted the team ${args[1]} of ${args[0]}.`,
  },
  {
    name: 'members',
    args: ['<org>', '<team>'],
    description: 'list the members of a team',
    example: 'team members acme builders',
    request: ({ args }) => ({ method: 'GET', path: `${team(args[0], args[1])}/members?per_page=100` }),
    columns: ['login', 'id'],
  },
  {
    name: 'add-member',
    args: ['<org>', '<team>', '<login>'],
    description: 'add a member',
    options: [
      {
        flags: '--role <role>',
        description: 'role in the team',
        choices: ['member', 'maintainer'],
        default: 'member',
      },
    ],
    example: 'team add-member acme builders alice',
    request: ({ args, options }) => ({
      method: 'PUT',
      path: `${team(args[0], args[1])}/memberships/${seg(args[2])}`,
      body: { role: options.role },
    }),
    done: ({ args, options }) => `${args[2]} is ${String(options.role)} of ${args[0]}/${args[1]}.`,
  },
  {
    name: 'remove-member',
    args: ['<org>', '<team>', '<login>'],
    description: 'remove a member',
    example: 'team remove-member acme builders alice',
    request: ({ args }) => ({
      method: 'DELETE',
      path: `${team(args[0], args[1])}/memberships/${seg(args[2])}`,
    }),
    done: ({ args }) => `${args[2]} is no longer in ${args[0]}/${args[1]}.`,
  },
  {
    name: 'repos',
    args: ['<org>', '<team>'],
    description: 'list the repositories on which a team has a role',
    example: 'team repos acme builders',
    request: ({ args }) => ({ method: 'GET', path: `${team(args[0], args[1])}/repos?per_page=100` }),
    columns: ['full_name', 'visibility', 'role_name'],
  },
  {
    name: 'grant-repo',
    args: ['<org>', '<team>', '<owner/name>'],
    description: 'give a team a role on a repository',
    options: [
      {
        flags: '--role <role>',
        description: 'the role',
        choices: ['pull', 'triage', 'push', 'maintain', 'admin'],
        default: 'pull',
      },
    ],
    example: 'team grant-repo acme builders acme/website --role push',
    request: ({ args, options }) => ({
      method: 'PUT',
      path: `${team(args[0], args[1])}/repos/${(args[2] ?? '').split('/').map(seg).join('/')}`,
      body: { permission: options.role },
    }),
    done: ({ args, options }) => `${args[0]}/${args[1]} has ${String(options.role)} on ${args[2]}.`,
  },
];

/** People, organizations and teams. */
export function addOrganizationCommands(program: Command): void {
  addApiCommands(commandGroup(program, 'user', 'people', 'user create alice'), userCommands);
  addApiCommands(commandGroup(program, 'org', 'organizations', 'org list'), organizationCommands);
  addApiCommands(
    commandGroup(program, 'team', 'teams of organizations', 'team create acme builders'),
    teamCommands,
  );
}
