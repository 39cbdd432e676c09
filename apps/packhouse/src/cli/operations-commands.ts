import type { Command } from 'commander';
import { addApiCommands, seg, type ApiCommand, type ApiOption, type CommandInput } from './api-command';
import { commandGroup } from './connection-options';

const root = '/api/packhouse/v1/operations';
const ofService: readonly ApiOption[] = [{ flags: '--service <name>', description: 'only of this service' }];

const listOf =
  (what: string) =>
  ({ options }: CommandInput) => ({
    method: 'GET' as const,
    path: `${root}/${what}${options.service === undefined ? '' : `?service=${seg(options.service)}`}`,
  });

const eventPath = ({ args }: CommandInput): string => `${root}/parked-events/${seg(args[0])}/${seg(args[1])}`;
const eventText = ({ args }: CommandInput): string => `Event ${args[1]} of ${args[0]}`;
const exampleId = '0190a8f2-6f3b-7c11-9d2e-5b7f0c1d2e3f';

const eventCommands: readonly ApiCommand[] = [
  {
    name: 'parked',
    description: 'list the events that a service could not take; later ones went on',
    options: ofService,
    example: 'events parked',
    request: listOf('parked-events'),
    columns: ['service', 'eventId', 'source', 'type', 'attempts', 'failedAt', 'error'],
  },
  {
    name: 'retry',
    args: ['<service>', '<event-id>'],
    description: 'deliver a parked event now, after the cause is mended',
    example: `events retry audit ${exampleId}`,
    request: (input) => ({ method: 'POST', path: `${eventPath(input)}/retry` }),
    done: (input, { outcome, error }) =>
      outcome === 'delivered'
        ? `${eventText(input)} is delivered.`
        : `${eventText(input)} failed again and stays parked: ${String(error)}`,
    failed: ({ outcome }) => outcome === 'failed',
  },
  {
    name: 'discard',
    args: ['<service>', '<event-id>'],
    description: 'give a parked event up: the service never hears it',
    example: `events discard audit ${exampleId} --yes`,
    confirm: ({ args }) => ({
      warning: `The service ${args[0]} will never hear this event.`,
      name: args[1] ?? '',
    }),
    request: (input) => ({ method: 'DELETE', path: eventPath(input) }),
    done: (input) => `${eventText(input)} is given up.`,
  },
];

const jobCommands: readonly ApiCommand[] = [
  {
    name: 'failed',
    description: 'list the jobs that failed as often as they may',
    options: ofService,
    example: 'jobs failed',
    request: listOf('failed-jobs'),
    columns: ['service', 'jobId', 'name', 'attempts', 'failedAt', 'error'],
  },
  {
    name: 'retry',
    args: ['<service>', '<job-id>'],
    description: 'let a failed job run again, with all its attempts',
    example: 'jobs retry blobs 17',
    request: ({ args }) => ({
      method: 'POST',
      path: `${root}/failed-jobs/${seg(args[0])}/${seg(args[1])}/retry`,
    }),
    done: ({ args }, { outcome }) =>
      outcome === 'queued'
        ? `Job ${args[1]} of ${args[0]} will run again.`
        : `A job that does the same work waits already; ${args[1]} of ${args[0]} is gone.`,
  },
];

/** Work that failed for good; site administrators only. */
export function addOperationsCommands(program: Command): void {
  addApiCommands(
    commandGroup(program, 'events', 'events that a service could not take', 'events parked'),
    eventCommands,
  );
  addApiCommands(commandGroup(program, 'jobs', 'jobs that failed for good', 'jobs failed'), jobCommands);
}
