import { DomainError, formatBytes, parseBytes } from '@packhouse/kernel';
import type { Command } from 'commander';
import { addApiCommands, seg, type ApiAnswer, type ApiCommand } from './api-command';
import { commandGroup } from './connection-options';

const pathOf = (owner: string | undefined): string => `/api/packhouse/v1/owners/${seg(owner)}/storage`;

/** Null: no limit. */
function limitOf(text = ''): number | null {
  if (text.toLowerCase() === 'none') return null;
  const bytes = parseBytes(text);
  if (bytes === null)
    throw new DomainError('invalid_request', 'Say how much, as 500MB, 50GB or 2TB, or "none" for no limit.');
  return bytes;
}

function describe({ limitBytes, usedBytes, reservedBytes }: ApiAnswer): string {
  const limit = limitBytes === null ? 'no limit' : formatBytes(Number(limitBytes));
  return [
    `limit     ${limit}`,
    `used      ${formatBytes(Number(usedBytes))}`,
    `reserved  ${formatBytes(Number(reservedBytes))}`,
    '(1 GB is 10^9 bytes)',
  ].join('\n');
}

const commands: readonly ApiCommand[] = [
  {
    name: 'show',
    args: ['<owner>'],
    description: 'show how much a user or an organization stores and may store',
    example: 'storage show acme',
    request: ({ args }) => ({ method: 'GET', path: pathOf(args[0]) }),
    done: (_input, answer) => describe(answer),
  },
  {
    name: 'limit',
    args: ['<owner>', '<size>'],
    description: 'limit what an owner may store, or lift the limit with "none"; site administrators only',
    help: '1 GB is 10^9 bytes. A limit below what is used stops uploads that need more; nothing is deleted.',
    example: 'storage limit acme 50GB',
    request: ({ args }) => ({ method: 'PUT', path: pathOf(args[0]), body: { limitBytes: limitOf(args[1]) } }),
    done: ({ args }, answer) => `${args[0]}:\n${describe(answer)}`,
  },
];

/** How much owners store and may store. */
export function addStorageCommands(program: Command): void {
  addApiCommands(
    commandGroup(program, 'storage', 'how much owners store and may store', 'storage show acme'),
    commands,
  );
}
