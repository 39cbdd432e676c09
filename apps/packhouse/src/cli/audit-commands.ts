import { DomainError } from '@packhouse/kernel';
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
  { flags: '--repository <name>', description: 'of this repository, as OWNER/NAME' },
  { flags: '--token-id <id>', description: 'done with this token (see "token list")' },
  { flags: '--request-id <id>', description: 'done by this request (x-request-id of its answer)' },
  { flags: '--from <time>', description: 'not before, as in 2026-01-31T00:00:00Z' },
  { flags: '--to <time>', description: 'before' },
  { flags: '--search <words>', description: 'words, and qualifiers (below)' },
  { flags: '--oldest-first', description: 'in the order in which it happened' },
];

const filterHelp = `
All filters that are given must match. --search takes words and, as GitHub's audit log, qualifiers; "-" before one turns
it round, values with blanks stand in quotes:
  actor:alice  action:packages.*  org:acme  repo:acme/website  package:@acme/lib  ip:10.1.2.3
  created:2026-01-31  created:>=2026-01-01  created:2026-01-01..2026-01-31
`;

const pageHelp = `
--json prints one entry a line. With --all and the output in a file, standard error says how far it is.
`;

const fields: Readonly<Record<string, string>> = {
  ...{ owner: 'owner', actor: 'actor', action: 'action', package: 'package', repository: 'repository' },
  ...{ tokenId: 'tokenId', requestId: 'requestId', from: 'from', to: 'to', search: 'phrase' },
};

/** The most that the API gives at once. */
const PAGE = 500;

function query(options: OptionValues, more: Readonly<Record<string, string>> = {}): string {
  const order: Record<string, string> = options.oldestFirst ? { order: 'asc' } : {};
  return new URLSearchParams({
    ...(given(options, fields) as Record<string, string>),
    ...order,
    ...more,
  }).toString();
}

function mostOf({ all, limit }: OptionValues): number | null {
  if (all) return null;
  if (!/^[1-9]\d{0,8}$/.test(String(limit)))
    throw new DomainError('invalid_request', '--limit takes a number from 1; --all shows every entry.');
  return Number(limit);
}

const commands: readonly ApiCommand[] = [
  {
    name: 'query',
    description: 'show entries, newest first',
    options: [
      ...filters,
      { flags: '--limit <count>', description: 'how many at most', default: '30' },
      { flags: '--all', description: 'every entry that matches' },
    ],
    help: filterHelp + pageHelp,
    example: "audit query --owner acme --action 'packages.*' --all --json > entries.jsonl",
    request: ({ options }) => {
      const limit = Math.min(PAGE, mostOf(options) ?? PAGE);
      return {
        method: 'GET',
        path: `/api/packhouse/v1/audit-log?${query(options, { limit: String(limit) })}`,
      };
    },
    columns: ['at', 'actor', 'action', 'owner', 'repository', 'package', 'version', 'address'],
    most: mostOf,
  },
  {
    name: 'export',
    description: 'write all entries to standard output as JSON lines',
    options: filters,
    help: filterHelp,
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
