import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceDatabase } from '@packhouse/database';
import { MINUTE, newSecret, SECOND } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import type { Job } from './job-queue';
import { JobTable, type ClaimedJob } from './job-table';
import type { Wakeup } from './wakeup';

export interface JobRunnerOptions {
  readonly database: ServiceDatabase;
  readonly jobs: readonly Job[];
  readonly wakeup: Wakeup;
  readonly logger: Logger;
  /** Jobs at a time in this process. */
  readonly concurrency?: number;
  /** How long a dead worker's job stays its own. */
  readonly leaseMs?: number;
  /** Longest time between two looks at the table. */
  readonly pollMs?: number;
  /** Wait before the second attempt; doubles with each. */
  readonly retryMs?: number;
}

const defaultAttempts = 5;
const longestRetryMs = 10 * MINUTE;
const firstIdleMs = 25;
const contendedMs = 50;

/**
 * Runs the jobs of one service. Any number of processes may run one each on the same schema: a row is claimed by one,
 * under a lease that it prolongs while it lives, so that a killed worker's job is taken over.
 */
export class JobRunner {
  private readonly jobs: ReadonlyMap<string, Job>;
  private readonly names: readonly string[];
  private readonly table: JobTable;
  private readonly running = new Map<number, Promise<void>>();
  private readonly options: Required<JobRunnerOptions>;
  private loop: Promise<void> | null = null;
  private stopping = false;
  private unsubscribe: () => void = () => undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private idleMs = firstIdleMs;
  private interrupt: () => void = () => undefined;
  private woken = false;

  constructor(options: JobRunnerOptions) {
    this.options = { concurrency: 2, leaseMs: 30 * SECOND, pollMs: 2 * SECOND, retryMs: SECOND, ...options };
    this.jobs = new Map(options.jobs.map((job) => [job.name, job]));
    if (this.jobs.size !== options.jobs.length) throw new Error('Two jobs have the same name.');
    this.names = [...this.jobs.keys()];
    const worker = `${hostname()}/${process.pid}/${newSecret(6)}`;
    this.table = new JobTable(options.database, worker, this.options.leaseMs);
  }

  async start(): Promise<void> {
    if (this.names.length === 0 || this.loop !== null) return;
    await this.table.schedule(this.options.jobs);
    this.unsubscribe = this.options.wakeup.subscribe(() => this.wake());
    this.heartbeat = setInterval(() => void this.keepLeases(), this.options.leaseMs / 3).unref();
    this.loop = this.claimUntilStopped();
  }

  /** Claims nothing more and waits for what runs, at most `graceMs`; jobs that take longer are taken over after their lease. */
  async stop(graceMs = 15 * SECOND): Promise<void> {
    this.stopping = true;
    this.unsubscribe();
    this.wake();
    const limit = new AbortController();
    const drained = this.drain();
    const late = sleep(graceMs, false, { signal: limit.signal }).catch(() => false);
    if (!(await Promise.race([drained, late])))
      this.options.logger.warn({ jobs: this.running.size }, 'Jobs were still running at shutdown');
    limit.abort();
    clearInterval(this.heartbeat);
  }

  private async drain(): Promise<true> {
    await this.loop;
    await Promise.all(this.running.values());
    return true;
  }

  /** Looks at the table now, and a few times soon after: the row may be of a transaction that is about to commit. */
  private wake(): void {
    this.idleMs = firstIdleMs;
    this.woken = true;
    this.interrupt();
  }

  private async claimUntilStopped(): Promise<void> {
    while (!this.stopping) {
      this.woken = false;
      const waitMs = await this.claimDue().catch((error: unknown) => {
        if (!this.stopping) this.options.logger.warn({ reason: String(error) }, 'Jobs could not be read');
        return this.options.pollMs;
      });
      if (waitMs > 0) await this.pause(waitMs);
    }
  }

  /** Starts what is due; returns how long to wait before the next look. */
  private async claimDue(): Promise<number> {
    const { concurrency, pollMs } = this.options;
    const free = concurrency - this.running.size;
    if (free === 0) return pollMs;
    const claimed = await this.table.claim(this.names, [...this.running.keys()], free);
    for (const job of claimed) this.begin(job);
    if (claimed.length > 0) this.idleMs = firstIdleMs;
    if (claimed.length === free) return 0;
    const due = (await this.table.findNextDue(this.names)) ?? pollMs;
    // Due and yet not claimed: another worker holds the row at this moment.
    const waitMs = Math.min(this.idleMs, pollMs, due > 0 ? Math.ceil(due) : contendedMs);
    this.idleMs = Math.min(this.idleMs * 2, pollMs);
    return waitMs;
  }

  private pause(waitMs: number): Promise<void> {
    if (this.woken || this.stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      timer.unref();
      this.interrupt = (): void => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private begin(claimed: ClaimedJob): void {
    const finished = this.runOnce(claimed).finally(() => {
      this.running.delete(claimed.id);
      // A slot is free.
      this.woken = true;
      this.interrupt();
    });
    this.running.set(claimed.id, finished);
  }

  private async runOnce(claimed: ClaimedJob): Promise<void> {
    const job = this.jobs.get(claimed.name)!;
    const attempts = job.attempts ?? defaultAttempts;
    if (claimed.everyMs === null && claimed.attempts > attempts) {
      // Its last worker died without a word: perhaps of it.
      return this.settle(claimed, () => this.table.park(claimed, 'The worker died during the last attempt.'));
    }
    try {
      await job.run(claimed.payload);
    } catch (error) {
      return this.settle(claimed, () => this.recordFailure(claimed, attempts, error));
    }
    return this.settle(claimed, () => this.table.complete(claimed));
  }

  private async recordFailure(claimed: ClaimedJob, attempts: number, error: unknown): Promise<void> {
    const reason = (error instanceof Error ? error.message : String(error))
      .replaceAll('\0', '')
      .slice(0, 1000);
    const facts = { job: claimed.name, id: claimed.id, attempt: claimed.attempts, reason };
    if (claimed.everyMs === null && claimed.attempts >= attempts) {
      await this.table.park(claimed, reason);
      this.options.logger.error(facts, 'A job failed for good');
      return;
    }
    const growing = Math.min(this.options.retryMs * 2 ** Math.min(claimed.attempts - 1, 30), longestRetryMs);
    const waitMs = Math.min(growing * (0.5 + Math.random() / 2), claimed.everyMs ?? Infinity);
    await this.table.repeat(claimed, Math.ceil(waitMs), reason);
    this.options.logger.warn({ ...facts, waitMs: Math.ceil(waitMs) }, 'A job failed and will run again');
  }

  /** Records how a job ended. While the database is away the lease is not prolonged either: then it runs again, which is promised. */
  private async settle(claimed: ClaimedJob, record: () => Promise<void>): Promise<void> {
    for (let attempt = 1; attempt <= 4; attempt++) {
      try {
        return await record();
      } catch (error) {
        if (attempt === 4)
          this.options.logger.warn(
            { job: claimed.name, reason: String(error) },
            'The end of a job could not be recorded',
          );
        else await sleep(100 * 4 ** attempt, undefined, { ref: false });
      }
    }
  }

  private async keepLeases(): Promise<void> {
    const ids = [...this.running.keys()];
    if (ids.length === 0) return;
    try {
      const kept = new Set(await this.table.keep(ids));
      const lost = ids.filter((id) => this.running.has(id) && !kept.has(id));
      if (lost.length > 0)
        this.options.logger.warn({ jobs: lost }, 'Another worker took over jobs that still run here');
    } catch (error) {
      this.options.logger.warn({ reason: String(error) }, 'Leases of jobs could not be prolonged');
    }
  }
}
