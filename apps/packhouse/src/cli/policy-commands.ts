import type { Command } from 'commander';
import { addApiCommands, given, seg, type ApiCommand, type OptionValues } from './api-command';
import { commandGroup } from './connection-options';

const onOff = ['on', 'off'] as const;

const policyPath = (org: string | undefined): string => `/api/packhouse/v1/organizations/${seg(org)}/policy`;

const switches = {
  createPublic: 'createPublic',
  createPrivate: 'createPrivate',
  createInternal: 'createInternal',
  inheritByDefault: 'inheritByDefault',
} as const;

function policyBody(options: OptionValues): Record<string, unknown> {
  const flags = Object.entries(given(options, switches)).map(([name, value]) => [name, value === 'on']);
  return {
    ...given(options, { baseRole: 'baseRole', auditReads: 'auditReads' }),
    ...(Object.fromEntries(flags) as object),
  };
}

const policyCommands: readonly ApiCommand[] = [
  {
    name: 'show',
    args: ['<org>'],
    description: 'show what an organization lets its members do',
    example: 'policy show acme',
    request: ({ args }) => ({ method: 'GET', path: policyPath(args[0]) }),
  },
  {
    name: 'set',
    args: ['<org>'],
    description: 'change it; what is not given stays',
    options: [
      {
        flags: '--base-role <role>',
        description: 'role of every member on every repository',
        choices: ['none', 'read', 'write', 'admin'],
      },
      { flags: '--create-public <switch>', description: 'members make public packages', choices: onOff },
      { flags: '--create-private <switch>', description: 'members make private packages', choices: onOff },
      { flags: '--create-internal <switch>', description: 'members make internal packages', choices: onOff },
      {
        flags: '--inherit-by-default <switch>',
        description: 'new packages take the access of the repository that they are linked to',
        choices: onOff,
      },
      {
        flags: '--audit-reads <reads>',
        description: 'which reads of its packages the audit log keeps',
        choices: ['off', 'downloads', 'all'],
      },
    ],
    example: 'policy set acme --create-public off --base-role write',
    request: ({ args, options }) => ({
      method: 'PATCH',
      path: policyPath(args[0]),
      body: policyBody(options),
    }),
    done: ({ args }) => `Changed the policy of ${args[0]}.`,
  },
];

const formatCommands: readonly ApiCommand[] = [
  {
    name: 'list',
    description: 'list the formats and whether they are served',
    example: 'format list',
    request: () => ({ method: 'GET', path: '/api/packhouse/v1/format-policies' }),
    columns: ['format', 'state'],
  },
  {
    name: 'set',
    args: ['<format>', '<state>'],
    description: 'enabled; read-only: downloads go on, uploads are refused; disabled',
    example: 'format set npm read-only',
    request: ({ args }) => ({
      method: 'PUT',
      path: `/api/packhouse/v1/format-policies/${seg(args[0])}`,
      body: { state: args[1] },
    }),
    done: ({ args }) => `${args[0]} is ${args[1]}.`,
  },
];

/** What organizations and the instance allow. */
export function addPolicyCommands(program: Command): void {
  addApiCommands(
    commandGroup(program, 'policy', 'what organizations let members do', 'policy show acme'),
    policyCommands,
  );
  addApiCommands(
    commandGroup(program, 'format', 'switch formats on and off', 'format set npm read-only'),
    formatCommands,
  );
}
