import type { ServiceDatabase } from '@packhouse/database';
import type { EnqueueOptions, JobQueue } from './job-queue';
import type { Wakeup } from './wakeup';

/** Writes jobs into `<schema>.job`; a {@link JobRunner} of the same schema, in any process, runs them. */
export class PostgresJobQueue implements JobQueue {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly wakeup: Wakeup,
  ) {}

  async enqueue(name: string, payload: unknown, options: EnqueueOptions = {}): Promise<void> {
    const { key = null, runAt = null, manager } = options;
    const parameters = [name, key, JSON.stringify(payload ?? null), runAt];
    const sql = `insert into "${this.database.schema}".job as job (name, key, payload, run_at)
      values ($1, $2, $3::jsonb, coalesce($4::timestamptz, now()))
      on conflict (name, key) where state = 'waiting' and key is not null
      do update set payload = excluded.payload, run_at = least(job.run_at, excluded.run_at), updated_at = now()`;
    await (manager ?? this.database).query(sql, parameters);
    this.wakeup.announce(runAt);
  }
}
