import { newSecret } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import type { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { LocalWakeup, type Wakeup } from './wakeup';

export interface BullWakeupOptions {
  readonly redisUrl: string;
  /** One queue per service. */
  readonly schema: string;
  readonly logger: Logger;
}

interface Libraries {
  readonly Queue: typeof Queue;
  readonly Worker: typeof Worker;
  readonly Redis: typeof Redis;
}

/** A wake-up that nobody took for so long is of no use: the poll has found the job long before. */
const waitingLimit = 10_000;

/**
 * Wakes a worker of any process through a BullMQ queue, in the moment that a job is due. The queue carries no job: Redis may be
 * down, wrong or emptied at any time, and workers then find their jobs by polling.
 */
export class BullWakeup implements Wakeup {
  private readonly local = new LocalWakeup();
  private readonly producer: Redis;
  private readonly consumer: Redis;
  private readonly queue: Queue;
  private worker: Worker | null = null;
  private failing = false;
  private waiting = 0;

  private constructor(
    private readonly options: BullWakeupOptions,
    private readonly libraries: Libraries,
  ) {
    this.producer = this.connect(1);
    // BullMQ asks for this of connections that block.
    this.consumer = this.connect(null);
    this.queue = new libraries.Queue(this.queueName, { connection: this.producer, skipMetasUpdate: true });
    this.queue.on('error', (error) => this.noteFailure(error));
  }

  /** Loads BullMQ, which costs memory and time at start, only where Redis is used. Does not wait for Redis. */
  static async open(options: BullWakeupOptions): Promise<BullWakeup> {
    const [{ Queue, Worker }, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]);
    return new BullWakeup(options, { Queue, Worker, Redis });
  }

  announce(runAt: Date | null): void {
    this.local.announce(runAt);
    if (this.producer.status !== 'ready' || this.waiting > waitingLimit) return;
    this.waiting += 1;
    const delay = Math.max(0, (runAt?.getTime() ?? 0) - Date.now());
    this.queue
      .add('wake', null, { delay, removeOnComplete: true, removeOnFail: true, jobId: newSecret(12) })
      .catch((error: unknown) => this.noteFailure(error))
      .finally(() => (this.waiting -= 1));
  }

  subscribe(listener: () => void): () => void {
    this.worker ??= this.startWorker();
    return this.local.subscribe(listener);
  }

  async close(): Promise<void> {
    await this.local.close();
    await this.worker?.close(true).catch(() => undefined);
    await this.queue.close().catch(() => undefined);
    this.producer.disconnect();
    this.consumer.disconnect();
  }

  private get queueName(): string {
    return `packhouse-jobs-${this.options.schema}`;
  }

  private startWorker(): Worker {
    const wake = async (): Promise<void> => this.local.announce(null);
    const worker = new this.libraries.Worker(this.queueName, wake, {
      connection: this.consumer,
      concurrency: 1,
    });
    worker.on('error', (error) => this.noteFailure(error));
    return worker;
  }

  /** `retries` of one command over a lost connection; null: for ever. */
  private connect(retries: number | null): Redis {
    const redis = new this.libraries.Redis(this.options.redisUrl, {
      maxRetriesPerRequest: retries,
      disconnectTimeout: 300,
      retryStrategy: (attempt) => Math.min(attempt * 100, 3000),
    });
    redis.on('error', (error: Error) => this.noteFailure(error));
    redis.on('ready', () => (this.failing = false));
    return redis;
  }

  /** One line per outage: the clients try again several times a second. */
  private noteFailure(error: unknown): void {
    if (this.failing) return;
    this.failing = true;
    this.options.logger.warn(
      { reason: error instanceof Error ? error.message : String(error) },
      'Redis does not wake the workers of jobs; they poll meanwhile',
    );
  }
}
