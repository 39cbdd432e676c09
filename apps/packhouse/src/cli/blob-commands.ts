import type { Command } from 'commander';
import { formatBytes } from '@packhouse/kernel';
import { addApiCommands, type ApiCommand } from './api-command';
import { commandGroup } from './connection-options';

const operations = '/api/packhouse/v1/operations';
const root = `${operations}/blob-collections`;

const commands: readonly ApiCommand[] = [
  {
    name: 'collect',
    description: 'remove content that nothing has used for a while, now rather than on schedule',
    options: [{ flags: '--dry-run', description: 'only count what would be removed' }],
    example: 'blobs collect --dry-run',
    request: ({ options }) => ({
      method: 'POST',
      path: root,
      body: { dryRun: options.dryRun !== undefined },
    }),
    done: (_input, { dryRun, blobs, bytes }) =>
      dryRun === true
        ? `${String(blobs)} blobs (${formatBytes(Number(bytes))}) would be removed.`
        : 'The collection has begun: "blobs collections" shows how far it is.',
  },
  {
    name: 'inventory',
    description: 'compare what is stored with the ledger: remove old content that it does not name',
    options: [{ flags: '--dry-run', description: 'remove nothing, only count' }],
    help: 'Content that is in use and not stored, or cut short, is counted as missing and named in the log of the server.',
    example: 'blobs inventory --dry-run',
    request: ({ options }) => ({
      method: 'POST',
      path: `${operations}/blob-inventories`,
      body: { dryRun: options.dryRun !== undefined },
    }),
    done: () => 'The inventory has begun: "blobs collections" shows how far it is.',
  },
  {
    name: 'collections',
    description: 'list the collections and inventories, and what they removed',
    example: 'blobs collections',
    request: () => ({ method: 'GET', path: `${root}?limit=100` }),
    columns: [
      ...['kind', 'state', 'startedAt', 'finishedAt', 'dryRun', 'requestedBy'],
      ...['blobs', 'bytes', 'kept', 'failed', 'missing'],
    ],
  },
];

/** Removal of unused content; site administrators only. */
export function addBlobCommands(program: Command): void {
  addApiCommands(
    commandGroup(
      program,
      'blobs',
      'content that nothing uses any more; site administrators only',
      'blobs collections',
    ),
    commands,
  );
}
