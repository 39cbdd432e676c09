/** Work that runs apart from requests. One file per job; names are unique in the product. */
export interface Job<Payload = unknown> {
  /** `service.verb-noun`, for example `blobs.collect-garbage`. */
  readonly name: string;
  /** Runs every this many milliseconds, on one process at a time; absent: only when enqueued. */
  readonly everyMs?: number;
  /** Attempts before a job is parked as failed; the waits between them grow. Default 5. */
  readonly attempts?: number;
  /** One bad item never stops a sweep: catch, log and go on inside. */
  run(payload: Payload): Promise<void>;
}

/** Durable queue. Rows in Postgres are the truth in both modes; Redis only wakes workers sooner. */
export interface JobQueue {
  /** `key`: at most one waiting job of that name and key. `runAt`: not before. */
  enqueue(name: string, payload: unknown, options?: { key?: string; runAt?: Date }): Promise<void>;
}

/** Injection token of the queue of one service, named by its Postgres schema. */
export function jobQueueToken(schema: string): string {
  return `jobs:${schema}`;
}
