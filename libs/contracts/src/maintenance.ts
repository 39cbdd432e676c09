import { z } from 'zod';
import { actor, id, isoTime, nothing } from './common';
import { defineEvent, operation, type Client, type Contract } from './define-contract';
import { slice, sliceOf } from './slices';

/** Fewer than elsewhere: items carry texts of some length. */
const shortSlice = { ...slice, limit: z.number().int().min(1).max(50).default(50) };

/** An event that a service could not take however often it was tried; later ones went on. */
export const parkedEvent = z.object({
  eventId: id,
  /** The service that told it. */
  source: z.string(),
  type: z.string(),
  /** Its beginning, as JSON. */
  payload: z.string(),
  /** What went wrong at last. */
  error: z.string(),
  attempts: z.number().int(),
  failedAt: isoTime,
});
export type ParkedEvent = z.infer<typeof parkedEvent>;

/** A job that failed as often as it may. */
export const failedJob = z.object({
  jobId: z.string().regex(/^\d{1,18}$/),
  name: z.string(),
  payload: z.string(),
  error: z.string(),
  attempts: z.number().int(),
  failedAt: isoTime,
});
export type FailedJob = z.infer<typeof failedJob>;

/** What became of an event that was tried again. */
export const eventRetry = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('delivered') }),
  z.object({ outcome: z.literal('failed'), error: z.string() }),
]);
/** What became of a job that is to run again; `waiting`: one that does the same work waits already. */
export const jobRetry = z.object({ outcome: z.enum(['queued', 'waiting']) });

/** What every service with a database can be asked by operators, and by the services whose events it hears. */
export const maintenanceOperations = {
  /** How far the service has read the events of another, and which types it wants; null: it hears none. */
  getEventPosition: operation(
    z.object({ source: z.string() }),
    z.object({
      reader: z.object({ position: z.number().int(), types: z.array(z.string()) }).nullable(),
    }),
  ),
  /** Longest parked first. */
  listParkedEvents: operation(z.object({ ...shortSlice }), sliceOf(parkedEvent)),
  /** Rejects `not_found` for one that is not parked, or that is being tried at this moment. */
  retryParkedEvent: operation(z.object({ eventId: id, actor }), eventRetry, { deadlineMs: 70_000 }),
  /** The service never hears it. */
  discardParkedEvent: operation(z.object({ eventId: id, actor }), nothing),
  listFailedJobs: operation(z.object({ ...shortSlice }), sliceOf(failedJob)),
  retryFailedJob: operation(z.object({ jobId: failedJob.shape.jobId, actor }), jobRetry),
} as const;

export type MaintainedContract = Contract<typeof maintenanceOperations>;
export type MaintenanceClient = Client<MaintainedContract>;

/** Whether a service answers {@link maintenanceOperations}. */
export function isMaintained(contract: Contract): contract is Contract & MaintainedContract {
  return 'getEventPosition' in contract.operations;
}

const parkedRef = z.object({ service: z.string(), eventId: id, eventType: z.string(), source: z.string() });

/** What operators did about work that had failed. */
export const maintenanceEvents = {
  eventRetried: defineEvent(
    'operations.event-retried',
    parkedRef.extend({ outcome: z.enum(['delivered', 'failed']) }),
  ),
  eventDiscarded: defineEvent('operations.event-discarded', parkedRef),
  jobRetried: defineEvent(
    'operations.job-retried',
    z.object({ service: z.string(), jobId: z.string(), name: z.string() }),
  ),
} as const;
