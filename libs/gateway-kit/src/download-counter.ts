import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { newId, SECOND } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { Caller } from './caller';
import { LOGGER, type Logger } from '@packhouse/observability';

const FLUSH_EVERY = 5 * SECOND;
const BATCH = 1000;

interface Batch {
  readonly batchId: string;
  readonly items: {
    packageId: string;
    versionId: string;
    day: string;
    count: number;
    accountId: string | null;
    tokenId: string | null;
    repositoryId: string | null;
  }[];
}

/** Counts downloads off the request path, in batches that are safe to send twice. */
@Injectable()
export class DownloadCounter implements OnApplicationBootstrap, OnApplicationShutdown {
  private counts = new Map<string, number>();
  private unsent: Batch[] = [];
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> = Promise.resolve();

  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_EVERY);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  /** Notes one complete download, and by whom as far as the credential says. */
  count(packageId: string, versionId: string, { principal }: Pick<Caller, 'principal'>): void {
    const { accountId = '', tokenId, workflow } = principal ?? {};
    const by = `${accountId}|${tokenId ?? ''}|${workflow?.repositoryId ?? ''}`;
    const key = `${packageId}|${versionId}|${new Date().toISOString().slice(0, 10)}|${by}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  /** Sends what was counted so far; what cannot be sent is kept for the next time. */
  flush(): Promise<void> {
    this.sending = this.sending.then(() => this.send());
    return this.sending;
  }

  private async send(): Promise<void> {
    const entries = [...this.counts];
    this.counts = new Map();
    for (let start = 0; start < entries.length; start += BATCH) {
      const items = entries.slice(start, start + BATCH).map(([key, count]) => {
        const [packageId = '', versionId = '', day = '', ...by] = key.split('|');
        const [accountId = null, tokenId = null, repositoryId = null] = by.map((id) => id || null);
        return { packageId, versionId, day, count, accountId, tokenId, repositoryId };
      });
      this.unsent.push({ batchId: newId(), items });
    }
    const waiting = this.unsent;
    this.unsent = [];
    for (const batch of waiting) {
      try {
        await this.metadata.recordDownloads(batch);
      } catch (error) {
        this.logger.warn({ error, downloads: batch.items.length }, 'Download counts are kept and sent later');
        this.unsent.push(batch);
      }
    }
  }
}
