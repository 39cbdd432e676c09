import type { Command } from 'commander';
import { addApiCommands, given, type ApiCommand, type ApiOption, type OptionValues } from './api-command';
import { commandGroup } from './connection-options';

const filters: readonly ApiOption[] = [
  {
    flags: '--owner <login>',
    description: 'what concerns this account; site administrators may leave it out',
  },
  { flags: '--actor <login>', description: 'who did it' },
  { flags: '--action <action>', description: 'what was done, * for any run of characters' },
  { flags: '--package <name>', description: 'of this package' },
  { flags: '--repository <name>', description: 'of this repository' },
  { flags: '--from <time>', description: 'not before, as in 2026-01-31T00:00:00Z' },
  { flags: '--to <time>', description: 'before' },
];

const fields = ['owner', 'actor', 'action', 'package', 'repository', 'from', 'to', 'limit'] as const;

function query(options: OptionValues): string {
  const names = Object.fromEntries(fields.map((name) => [name, name]));
  return new URLSearchParams(given(options, names) as Record<string, string>).toString();
}

const commands: readonly ApiCommand[] = [
  {
    name: 'query',
    description: 'show entries, newest first',
    options: [...filters, { flags: '--limit <count>', description: 'how many', default: '30' }],
    example: "audit query --owner acme --action 'package.*'",
    request: ({ options }) => ({ method: 'GET', path: `/api/packhouse/v1/audit-log?${query(options)}` }),
    columns: ['at', 'actor', 'action', 'owner', 'repository', 'package', 'version', 'address'],
    onePage: true,
  },
  {
    name: 'export',
    description: 'write all entries to standard output as JSON lines',
    options: filters,
    example: 'audit export --owner acme > audit.jsonl',
    request: ({ options }) => ({
      method: 'GET',
      path: `/api/packhouse/v1/audit-log/export?${query(options)}`,
    }),
    raw: true,
  },
];

/** The audit log. */
export function addAuditCommands(program: Command): void {
  addApiCommands(commandGroup(program, 'audit', 'who did what', 'audit query --owner acme'), commands);
}
