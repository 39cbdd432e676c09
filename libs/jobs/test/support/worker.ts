import { openServiceDatabase } from '@packhouse/database';
import { silentLogger } from '@packhouse/observability';
import { JobRunner, LocalWakeup } from '../../src';

/** A worker to be killed: takes `test.long`, says so, and never finishes. Argument: database URL. */
async function work(url: string): Promise<void> {
  const schema = { name: 'works', entities: [], migrations: [] };
  const database = await openServiceDatabase({ url, schema, poolSize: 2, logger: silentLogger });
  const run = (): Promise<void> => {
    process.stdout.write('running\n');
    return new Promise(() => undefined);
  };
  const jobs = [{ name: 'test.long', run }];
  await new JobRunner({
    database,
    jobs,
    wakeup: new LocalWakeup(),
    logger: silentLogger,
    leaseMs: 1500,
  }).start();
  setInterval(() => undefined, 1000);
}

void work(process.argv[2]!);
