import type { EntityManager } from 'typeorm';

/** Work that runs apart from requests. One file per job; names are unique in the product. */
export interface Job<Payload = unknown> {
  /** `service.verb-noun`, for example `blobs.collect-garbage`. */
  readonly name: string;
  /** Runs every this many milliseconds, on one process at a time; absent: only when enqueued. */
  readonly everyMs?: number;
  /** How long after it became known in an instance a recurring job runs first; absent: at once. */
  readonly firstAfterMs?: number;
  /** Attempts before a job is parked as failed; the waits between them grow. Default 5. A recurring job is never parked. */
  readonly attempts?: number;
  /** Runs at least once per enqueued job. One bad item never stops a sweep: catch, log and go on inside. */
  run(payload: Payload): Promise<void>;
}

export interface EnqueueOptions {
  /** At most one waiting job of that name and key: the earlier time and the later payload stand. */
  readonly key?: string;
  /** Not before. */
  readonly runAt?: Date;
  /** Enqueues in this transaction: the job exists when it commits, and only then. */
  readonly manager?: EntityManager;
}

/** Durable queue. Rows in Postgres are the truth in both modes; Redis only wakes workers sooner. */
export interface JobQueue {
  enqueue(name: string, payload: unknown, options?: EnqueueOptions): Promise<void>;
}

/** Injection token of the queue of one service, named by its Postgres schema. */
export function jobQueueToken(schema: string): string {
  return `jobs:${schema}`;
}
