import type { Command } from 'commander';
import { formatBytes } from '@packhouse/kernel';
import { addApiCommands, type ApiCommand } from './api-command';
import { commandGroup } from './connection-options';

const root = '/api/packhouse/v1/operations/blob-collections';

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
    name: 'collections',
    description: 'list the collections and what they removed',
    example: 'blobs collections',
    request: () => ({ method: 'GET', path: `${root}?limit=100` }),
    columns: ['startedAt', 'finishedAt', 'dryRun', 'requestedBy', 'blobs', 'bytes', 'kept', 'failed'],
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
