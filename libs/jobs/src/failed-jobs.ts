import type { FailedJob } from '@packhouse/contracts';
import type { ServiceDatabase } from '@packhouse/database';
import type { EntityManager } from 'typeorm';

const MOST_TEXT = 2000;

interface Row {
  id: number;
  name: string;
  payload: unknown;
  last_error: string | null;
  attempts: number;
  updated_at: Date;
}

/** A job that failed and is to run again. */
export interface RequeuedJob {
  readonly name: string;
  /** `waiting`: one of the same key waits already and does the same work; this one is gone. */
  readonly outcome: 'queued' | 'waiting';
}

/** The jobs of one service that nobody runs any more. */
export class FailedJobs {
  private readonly table: string;

  constructor(private readonly database: ServiceDatabase) {
    this.table = `"${database.schema}".job`;
  }

  /** Longest failed first. */
  async list(offset: number, limit: number): Promise<{ items: FailedJob[]; total: number }> {
    const rows = await this.database.query<Row>(
      `select id, name, payload, last_error, attempts, updated_at from ${this.table}
       where state = 'failed' order by updated_at, id offset $1 limit $2`,
      [offset, limit],
    );
    const [all] = await this.database.query<{ total: number }>(
      `select count(*)::int as total from ${this.table} where state = 'failed'`,
    );
    const items = rows.map((row) => ({
      ...{ jobId: String(row.id), name: row.name, attempts: row.attempts },
      payload: JSON.stringify(row.payload).slice(0, MOST_TEXT),
      error: (row.last_error ?? '').slice(0, MOST_TEXT),
      failedAt: row.updated_at.toISOString(),
    }));
    return { items, total: all?.total ?? 0 };
  }

  /** Lets a failed job run again, with all its attempts; null when there is none of this id. */
  async requeue(manager: EntityManager, jobId: string): Promise<RequeuedJob | null> {
    const [job] = await manager.query<Array<{ name: string; has_twin: boolean }>>(
      `select name, exists (select from ${this.table} twin
         where twin.name = job.name and twin.key = job.key and twin.state = 'waiting') as has_twin
       from ${this.table} job where id = $1 and state = 'failed' for update`,
      [jobId],
    );
    if (!job) return null;
    const sql = job.has_twin
      ? `delete from ${this.table} where id = $1`
      : `update ${this.table} set state = 'waiting', attempts = 0, run_at = now(), updated_at = now() where id = $1`;
    await manager.query(sql, [jobId]);
    return { name: job.name, outcome: job.has_twin ? 'waiting' : 'queued' };
  }
}
