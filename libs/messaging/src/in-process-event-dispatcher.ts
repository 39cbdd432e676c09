import { setTimeout as wait } from 'node:timers/promises';
import type { ServiceDatabase } from '@packhouse/database';
import type { Logger } from '@packhouse/observability';
import type { EventConsumer } from './event-consumer';
import { moveCursorRelaxed, readCursor, readLog, type LoggedEvent } from './event-log';
import { WakeLoop } from './wake-loop';

const BATCH = 100;

/**
 * Delivers the log of one source to one consumer, in order, at least once: the cursor moves after the handlers have
 * ended, so a process that dies between the two delivers the events again. One event at a time, but for handlers that
 * take runs of them.
 */
export class InProcessEventDispatcher {
  private readonly loop: WakeLoop;
  private readonly stopping = new AbortController();
  private position: number | null = null;
  /** The position that the database knows. */
  private saved: number | null = null;

  constructor(
    private readonly source: ServiceDatabase,
    private readonly consumer: EventConsumer,
    logger: Logger,
  ) {
    this.loop = new WakeLoop({
      step: () => this.step(),
      everyMs: 5000,
      logger,
      what: `The delivery of events of ${source.schema} to ${consumer.service}`,
    });
  }

  start(): void {
    this.loop.start();
  }

  /** The log may have grown. */
  notify(): void {
    this.loop.wake();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop.stop();
  }

  private async step(): Promise<boolean> {
    const { database, service } = this.consumer;
    const position = (this.position ??= this.saved = await readCursor(database, this.source.schema, service));
    const events = await readLog(this.source, position, BATCH);
    const wanted = events.filter(({ envelope }) => this.consumer.wants(envelope.type));
    try {
      for (const run of this.consumer.groupRuns(wanted)) {
        if (this.loop.isStopped || !(await this.deliverRun(run))) return false;
      }
      this.position = events.at(-1)?.position ?? position;
    } finally {
      await this.saveCursor();
    }
    return events.length === BATCH;
  }

  /** One write for a run of events, not one each; what comes again after a crash is at most the run. */
  private async saveCursor(): Promise<void> {
    const { position } = this;
    if (position === null || position === this.saved) return;
    await moveCursorRelaxed(this.consumer.database, this.source.schema, this.consumer.service, position);
    this.saved = position;
  }

  /** False when the process stops before all of it was delivered or parked. */
  private async deliverRun(run: readonly LoggedEvent[]): Promise<boolean> {
    if (!(await this.deliverTogether(run))) {
      for (const event of run) {
        if (this.loop.isStopped || !(await this.deliver(event))) return false;
        this.position = event.position;
      }
    }
    this.position = run.at(-1)?.position ?? this.position;
    return true;
  }

  /** False when nothing came of it: alone each event shows whether it is the one to blame. */
  private async deliverTogether(run: readonly LoggedEvent[]): Promise<boolean> {
    if (run.length < 2) return false;
    try {
      await this.consumer.deliverRun(run.map(({ envelope }) => envelope));
      return true;
    } catch {
      return false;
    }
  }

  /** False when the process stops before the event was delivered or parked. */
  private async deliver(event: LoggedEvent): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.consumer.deliver(event.envelope);
        return true;
      } catch (error) {
        const verdict = this.consumer.judge(event.envelope, attempt, error);
        if (verdict.then === 'park') {
          await this.consumer.park(event, attempt, error);
          return true;
        }
        await this.saveCursor();
        await wait(verdict.waitMs, undefined, { signal: this.stopping.signal, ref: false }).catch(
          () => undefined,
        );
        if (this.stopping.signal.aborted) return false;
      }
    }
  }
}
