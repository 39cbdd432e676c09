import type { ServiceDatabase } from '@packhouse/database';
import type { Logger } from '@packhouse/observability';
import { relaxedCommit } from './event-log';
import { WakeLoop } from './wake-loop';

const BATCH = 500;
/** When to look for the row of an event that was recorded in a transaction which is still open: most commit within these. */
const COMMIT_WAITS_MS = [10, 20, 60, 150];
/** Under a stream of changes positions are given in batches: a look, and the readers it wakes, cost as much as a small publish. */
const SHORTEST_PAUSE_MS = 250;

export interface OutboxRelayOptions {
  /** The safety net for events of processes that died before they woke anybody. Default 500. */
  readonly pollMs?: number;
  /**
   * Readers are in this process and keep their places in the same database: positions may then be lost with a crash of
   * the server, as every cursor that passed them is lost with them, and are given again.
   */
  readonly isRelaxed?: boolean;
}

/**
 * Gives committed events of one service their position in its log, then calls `positioned`.
 *
 * Ids come from a sequence at the time of the insert, so a row with a lower id may become visible after one with a
 * higher id. Positions are given to rows that are visible, in order of id, by one relay at a time (an advisory lock
 * for the length of a batch): the log grows at its end only, and a reader that remembers one number misses nothing.
 */
export class OutboxRelay {
  private readonly loop: WakeLoop;
  private commitWaits: number[] = [];
  private lastAssigned = 0;

  constructor(
    private readonly database: ServiceDatabase,
    private readonly positioned: () => void,
    logger: Logger,
    private readonly options: OutboxRelayOptions = {},
  ) {
    this.loop = new WakeLoop({
      step: () => this.step(),
      everyMs: options.pollMs ?? 500,
      logger,
      what: `The relay of the events of ${database.schema}`,
    });
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  /** An event was recorded, and its transaction is about to commit. */
  notify(): void {
    this.commitWaits = [...COMMIT_WAITS_MS];
    const pause = this.lastAssigned + SHORTEST_PAUSE_MS - Date.now();
    this.loop.wake(Math.max(this.commitWaits.shift() ?? 0, pause));
  }

  /** Gives positions to what is committed; the number of events that got one. Another relay at work: 0. */
  async assignPositions(): Promise<number> {
    const { schema } = this.database;
    // Cheap and without a transaction: almost every look finds nothing.
    const waiting = await this.database.query(
      `select 1 from "${schema}".outbox where position is null limit 1`,
    );
    if (waiting.length === 0) return 0;
    return this.database.transaction(async (manager) => {
      const [lock] = await manager.query<Array<{ taken: boolean }>>(
        `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as taken`,
        [`${schema}.outbox`],
      );
      if (!lock?.taken) return 0;
      if (this.options.isRelaxed) await manager.query(relaxedCommit);
      // The inner query orders, the middle one numbers in that order. The lock is let go after the commit is visible.
      const [, count] = await manager.query<[unknown, number]>(
        `update "${schema}".outbox as o set position = numbered.position
         from (select id, nextval('"${schema}".outbox_position') as position
               from (select id from "${schema}".outbox where position is null order by id limit ${BATCH}) as waiting) as numbered
         where o.id = numbered.id`,
      );
      return count;
    });
  }

  private async step(): Promise<boolean> {
    const count = await this.assignPositions().catch((error: unknown) => {
      // The commit may have succeeded although its answer was lost.
      this.positioned();
      throw error;
    });
    if (count > 0) {
      this.lastAssigned = Date.now();
      this.positioned();
    }
    const next = count === 0 ? this.commitWaits.shift() : undefined;
    if (next !== undefined) this.loop.wake(next);
    return count === BATCH;
  }
}
