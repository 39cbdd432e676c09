import type { INestApplicationContext, Provider } from '@nestjs/common';
import type { Settings } from '@packhouse/config';
import type { ServiceDatabase } from '@packhouse/database';
import {
  createWakeup,
  jobQueueToken,
  JobRunner,
  PostgresJobQueue,
  type Job,
  type Wakeup,
} from '@packhouse/jobs';
import { SECOND } from '@packhouse/kernel';
import type { Bus } from '@packhouse/messaging';
import type { Logger } from '@packhouse/observability';
import type { Cleanup } from './cleanup';
import { TrimEventsJob } from './maintenance/trim-events.job';
import type { ServiceDefinition } from './service-definition';

interface JobsContext {
  readonly services: readonly ServiceDefinition[];
  readonly databases: ReadonlyMap<string, ServiceDatabase>;
  readonly settings: Settings;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly cleanup: Cleanup;
}

/** The queues of the local services and the workers of their jobs. */
export class LocalJobs {
  private readonly runners: JobRunner[] = [];

  private constructor(
    private readonly context: JobsContext,
    private readonly wakeups: ReadonlyMap<string, Wakeup>,
  ) {}

  static async open(context: JobsContext): Promise<LocalJobs> {
    const wakeups = new Map<string, Wakeup>();
    for (const schema of context.databases.keys()) {
      const { redisUrl } = context.settings.values.bus;
      const wakeup = await createWakeup({ redisUrl, schema, logger: context.logger });
      context.cleanup.defer(`waking the jobs of ${schema}`, () => wakeup.close());
      wakeups.set(schema, wakeup);
    }
    return new LocalJobs(context, wakeups);
  }

  /** A JobQueue per schema. */
  providers(): Provider[] {
    return [...this.wakeups].map(([schema, wakeup]) => ({
      provide: jobQueueToken(schema),
      useValue: new PostgresJobQueue(this.context.databases.get(schema)!, wakeup),
    }));
  }

  async start(app: INestApplicationContext): Promise<void> {
    const { services, databases, bus, settings, logger } = this.context;
    for (const { name, schema, jobs = [] } of services) {
      if (!schema && jobs.length === 0) continue;
      if (!schema) throw new Error(`The service ${name} has jobs but no schema to keep them in.`);
      const database = databases.get(schema.name)!;
      const own = jobs.map((job) => app.get<Job>(job, { strict: false }));
      const trim = new TrimEventsJob({
        service: schema.name,
        database,
        bus,
        settings: settings.values.bus,
        logger,
      });
      const runner = new JobRunner({
        database,
        jobs: [...own, trim],
        wakeup: this.wakeups.get(schema.name)!,
        logger: logger.child({ service: name }),
      });
      this.runners.push(runner);
      await runner.start();
    }
  }

  async stop(): Promise<void> {
    const graceMs = this.context.settings.values.server.shutdownSeconds * SECOND;
    await Promise.all(this.runners.map((runner) => runner.stop(graceMs)));
  }
}
