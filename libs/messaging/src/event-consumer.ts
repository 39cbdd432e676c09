import type { EventEnvelope } from '@packhouse/contracts';
import type { ServiceDatabase } from '@packhouse/database';
import { isDomainError } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import { moveCursor, type LoggedEvent } from './event-log';
import type { DiscoveredHandler } from './handler-discovery';

/** How often a failing event is tried, and how long between. */
export interface EventRetry {
  /** Waits before the second, third… attempt; after the last one the event is parked. */
  readonly waitsMs: readonly number[];
  /** Attempts when the failure is somebody else's outage (`unavailable`…): then the event is not to blame, so patience pays. */
  readonly outageAttempts: number;
  /** A handler that has not ended by then has failed. */
  readonly handlerMs: number;
}

export const defaultEventRetry: EventRetry = {
  waitsMs: [200, 1000, 5000, 15_000, 30_000],
  outageAttempts: 120,
  handlerMs: 60_000,
};

/** What to do after a failed attempt. */
export type Verdict = { readonly then: 'retry'; readonly waitMs: number } | { readonly then: 'park' };

/** One service as a receiver of events: its handlers, and its record of what it has seen. */
export class EventConsumer {
  private readonly handlers = new Map<string, DiscoveredHandler[]>();

  constructor(
    /** The service's name: the consumer of its cursors. */
    readonly service: string,
    readonly database: ServiceDatabase,
    handlers: readonly DiscoveredHandler[],
    private readonly logger: Logger,
    private readonly retry: EventRetry = defaultEventRetry,
  ) {
    for (const handler of handlers)
      this.handlers.set(handler.pattern, [...(this.handlers.get(handler.pattern) ?? []), handler]);
  }

  /** Whether any handler wants events of this type. */
  wants(type: string): boolean {
    return this.handlers.has(type);
  }

  /** Every type that a handler wants. */
  get wantedTypes(): string[] {
    return [...this.handlers.keys()];
  }

  /** Calls the handlers of the event one after another. Rejects with the first failure; all are called again then. */
  async deliver(envelope: EventEnvelope): Promise<void> {
    for (const handler of this.handlers.get(envelope.type) ?? []) await this.callInTime(handler, [envelope]);
  }

  /** Splits events into runs that `deliverRun` takes; in the same order, an event that goes by itself is a run of one. */
  groupRuns(events: readonly LoggedEvent[]): LoggedEvent[][] {
    const runs: LoggedEvent[][] = [];
    let before: DiscoveredHandler | null = null;
    for (const event of events) {
      const taker = this.findRunTaker(event.envelope.type);
      if (taker !== null && taker.name === before?.name) runs.at(-1)?.push(event);
      else runs.push([event]);
      before = taker;
    }
    return runs;
  }

  /** Hands a run of `groupRuns` to its handler in one call. Rejects when any of it failed: then each is to be delivered alone. */
  async deliverRun(envelopes: readonly EventEnvelope[]): Promise<void> {
    const taker = this.findRunTaker(envelopes[0]?.type ?? '');
    if (!taker) throw new Error('These events are no run: no single handler takes them together');
    await this.callInTime(taker, envelopes);
  }

  /** Decides what follows the failure of attempt number `attempt` (from 1), and logs it. */
  judge(envelope: EventEnvelope, attempt: number, error: unknown): Verdict {
    const { waitsMs, outageAttempts } = this.retry;
    const attempts = isOutage(error) ? Math.max(outageAttempts, waitsMs.length + 1) : waitsMs.length + 1;
    const facts = {
      consumer: this.service,
      source: envelope.source,
      type: envelope.type,
      eventId: envelope.id,
      attempt,
      err: error,
    };
    if (attempt >= attempts) {
      this.logger.error(facts, 'An event could not be delivered and is parked in event_failure');
      return { then: 'park' };
    }
    const waitMs = waitsMs[Math.min(attempt, waitsMs.length) - 1] ?? 0;
    this.logger.warn({ ...facts, waitMs }, 'A handler of an event failed; trying again');
    return { then: 'retry', waitMs };
  }

  /** Puts the event aside with its error and moves on, in one transaction. */
  async park({ envelope, position }: LoggedEvent, attempts: number, error: unknown): Promise<void> {
    await this.database.transaction(async (manager) => {
      await manager.query(
        `insert into "${this.database.schema}".event_failure (consumer, event_id, source, type, payload, error, attempts, actor, occurred_at)
         values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8::jsonb, $9) on conflict (consumer, event_id) do update set error = excluded.error, attempts = excluded.attempts, failed_at = now()`,
        [
          this.service,
          envelope.id,
          envelope.source,
          envelope.type,
          JSON.stringify(envelope.payload),
          describeFailure(error),
          attempts,
          envelope.actor && JSON.stringify(envelope.actor),
          envelope.occurredAt,
        ],
      );
      await moveCursor(this.database, envelope.source, this.service, position, manager);
    });
  }

  /** The only handler of such events, if it takes many at a time. */
  private findRunTaker(type: string): DiscoveredHandler | null {
    const [handler, ...others] = this.handlers.get(type) ?? [];
    return handler?.takesRuns && others.length === 0 ? handler : null;
  }

  private async callInTime(handler: DiscoveredHandler, envelopes: readonly EventEnvelope[]): Promise<void> {
    const { name, call, takesRuns } = handler;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${name} did not end within ${this.retry.handlerMs} ms`)),
        this.retry.handlerMs,
      );
    });
    try {
      await Promise.race([call(structuredClone(takesRuns ? envelopes : envelopes[0])), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function isOutage(error: unknown): boolean {
  return (
    isDomainError(error, 'unavailable') ||
    isDomainError(error, 'storage_unavailable') ||
    isDomainError(error, 'deadline_exceeded')
  );
}

/** What went wrong, as it is kept. */
export function describeFailure(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // Postgres text cannot hold NUL.
  return text.replaceAll('\0', '').slice(0, 4000);
}
