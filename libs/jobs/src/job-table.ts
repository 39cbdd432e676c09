import type { ServiceDatabase } from '@packhouse/database';
import { findSqlState } from '@packhouse/database';
import type { Job } from './job-queue';

/** A job that this process holds under a lease. */
export interface ClaimedJob {
  readonly id: number;
  readonly name: string;
  readonly payload: unknown;
  /** Null for a job that was enqueued. */
  readonly everyMs: number | null;
  /** This one included; a worker that died counts. */
  readonly attempts: number;
}

const uniqueViolation = '23505';

/** The statements on `<schema>.job` of one worker. Time is the database's, so that clocks of workers need not agree. */
export class JobTable {
  private readonly table: string;

  constructor(
    private readonly database: ServiceDatabase,
    private readonly worker: string,
    private readonly leaseMs: number,
  ) {
    this.table = `"${database.schema}".job`;
  }

  /** One row per recurring job, whatever number of processes start; a job that recurs no more loses its row. */
  async schedule(jobs: readonly Job[]): Promise<void> {
    const recurring = jobs.filter((job) => job.everyMs !== undefined);
    for (const { name, everyMs, firstAfterMs = 0 } of recurring) {
      await this.database.query(
        `insert into ${this.table} as job (name, payload, every_ms, run_at)
         values ($1, 'null', $2, now() + $3 * interval '1 ms')
         on conflict (name) where every_ms is not null
         do update set every_ms = excluded.every_ms,
           run_at = least(job.run_at, now() + excluded.every_ms * interval '1 ms')
         where job.state = 'waiting' and job.every_ms <> excluded.every_ms`,
        [name, everyMs, firstAfterMs],
      );
    }
    const once = jobs.filter((job) => job.everyMs === undefined).map(({ name }) => name);
    await this.database.query(`delete from ${this.table} where every_ms is not null and name = any($1)`, [
      once,
    ]);
    await this.database.query(
      `delete from ${this.table} where state = 'failed' and updated_at < now() - interval '30 days'`,
    );
  }

  /** Takes up to `limit` jobs that are due or whose worker died. `held` are ours already: a late heartbeat must not run them twice. */
  async claim(names: readonly string[], held: readonly number[], limit: number): Promise<ClaimedJob[]> {
    const rows = await this.database.query<ClaimedJob>(
      `with due as (
         select id from ${this.table}
         where state <> 'failed' and run_at <= now() and name = any($1) and id <> all($2::bigint[])
         order by run_at limit $3 for update skip locked
       )
       update ${this.table} job set state = 'running', attempts = attempts + 1, locked_by = $4,
         run_at = now() + $5 * interval '1 ms', updated_at = now()
       from due where job.id = due.id
       returning job.id, job.name, job.payload, job.every_ms as "everyMs", job.attempts`,
      [names, held, limit, this.worker, this.leaseMs],
      'job-claim',
    );
    return rows;
  }

  /** Milliseconds until a row may be claimed; null when there is none. */
  async findNextDue(names: readonly string[]): Promise<number | null> {
    const [row] = await this.database.query<{ wait: number | null }>(
      `select (extract(epoch from run_at - now()) * 1000)::float8 as wait from ${this.table}
       where state <> 'failed' and name = any($1) order by run_at limit 1`,
      [names],
      'job-next',
    );
    return row?.wait ?? null;
  }

  /** Prolongs the leases; returns the ids that are still ours. */
  async keep(ids: readonly number[]): Promise<number[]> {
    const rows = await this.database.query<{ id: number }>(
      `update ${this.table} set run_at = now() + $3 * interval '1 ms' where id = any($1::bigint[]) and locked_by = $2 and state = 'running' returning id`,
      [ids, this.worker, this.leaseMs],
    );
    return rows.map(({ id }) => id);
  }

  async complete(job: ClaimedJob): Promise<void> {
    if (job.everyMs === null)
      await this.database.query(`delete from ${this.table} where ${this.held}`, this.hold(job));
    else await this.release(job, job.everyMs, null, 0);
  }

  /** Runs again after `waitMs`. A job of the same key that was enqueued meanwhile does the same work: this one then goes. */
  async repeat(job: ClaimedJob, waitMs: number, reason: string): Promise<void> {
    try {
      await this.release(job, waitMs, reason, job.attempts);
    } catch (error) {
      if (findSqlState(error) !== uniqueViolation) throw error;
      await this.database.query(`delete from ${this.table} where ${this.held}`, this.hold(job));
    }
  }

  /** Kept for people to look at; nobody runs it again. */
  async park(job: ClaimedJob, reason: string): Promise<void> {
    await this.database.query(
      `update ${this.table} set state = 'failed', locked_by = null, last_error = $4, updated_at = now() where ${this.held}`,
      [...this.hold(job), reason],
    );
  }

  private async release(
    job: ClaimedJob,
    waitMs: number,
    reason: string | null,
    attempts: number,
  ): Promise<void> {
    await this.database.query(
      `update ${this.table} set state = 'waiting', locked_by = null, run_at = now() + $4 * interval '1 ms', last_error = $5,
         attempts = $6, updated_at = now() where ${this.held}`,
      [...this.hold(job), waitMs, reason, attempts],
    );
  }

  /** Only while the claim stands: after a takeover the row is another worker's, or this worker's next attempt. */
  private readonly held = `id = $1 and locked_by = $2 and attempts = $3 and state = 'running'`;

  private hold(job: ClaimedJob): unknown[] {
    return [job.id, this.worker, job.attempts];
  }
}
