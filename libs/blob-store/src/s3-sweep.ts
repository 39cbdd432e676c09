import type { Logger } from '@packhouse/observability';
import { buffer } from 'node:stream/consumers';
import type { BucketItem } from 'minio';
import { CONTENT_PREFIX, contentKey, MARKS_PREFIX, UPLOADS_PREFIX, type S3Bucket } from './s3-bucket';
import { retrying } from './s3-connection';
import { LONGEST_PAUSE_MS } from './upload-faults';

/** Removes what uploads left in a bucket before a time; one bad item never stops it. */
export class S3Sweep {
  private dropped = 0;

  constructor(
    private readonly bucket: S3Bucket,
    private readonly beforeMs: number,
    private readonly logger: Logger,
  ) {}

  async run(): Promise<number> {
    await this.sweepRests();
    await this.sweepMultiparts(CONTENT_PREFIX);
    await this.sweepMultiparts(UPLOADS_PREFIX);
    await this.settleMarks();
    return this.dropped;
  }

  /** Rests of uploads that may go on for days, and what earlier releases staged. */
  private async sweepRests(): Promise<void> {
    for await (const { name, lastModified } of this.list(UPLOADS_PREFIX)) {
      if (name === undefined) continue;
      const pause = name.startsWith(`${UPLOADS_PREFIX}rest-`) ? LONGEST_PAUSE_MS : 0;
      if (lastModified.getTime() < this.beforeMs - pause) await this.attempt(() => this.bucket.drop(name));
    }
  }

  private async sweepMultiparts(prefix: string): Promise<void> {
    const { client, name } = this.bucket;
    let marker: string | null = '';
    while (marker !== null) {
      const from: string = marker;
      const page = await retrying(() => client.listIncompleteUploadsQuery(name, prefix, from, '', ''));
      for (const { key, uploadId, initiated } of page.uploads) {
        const pause = key.startsWith(`${CONTENT_PREFIX}session-`) ? LONGEST_PAUSE_MS : 0;
        if (initiated.getTime() < this.beforeMs - pause)
          await this.attempt(() => client.abortMultipartUpload(name, key, uploadId));
      }
      marker = page.isTruncated && page.nextKeyMarker !== '' ? page.nextKeyMarker : null;
    }
  }

  /** Content whose address leads elsewhere was never promoted, or is half removed. */
  private async settleMarks(): Promise<void> {
    for await (const { name, lastModified } of this.list(MARKS_PREFIX)) {
      if (name === undefined || lastModified.getTime() >= this.beforeMs) continue;
      try {
        if (await this.settleMark(name)) this.dropped += 1;
      } catch (error) {
        this.complain(error);
      }
    }
  }

  /** True when content was dropped. */
  private async settleMark(name: string): Promise<boolean> {
    const { client, name: bucketName } = this.bucket;
    const uploadId = name.slice(MARKS_PREFIX.length);
    const sha256 = (await retrying(async () => buffer(await client.getObject(bucketName, name)))).toString();
    const address = sha256 === '' ? null : await this.bucket.locate(sha256);
    if (address?.key !== contentKey(uploadId)) {
      await this.bucket.dropContent(uploadId);
      return true;
    }
    await this.bucket.drop(name);
    return false;
  }

  private list(prefix: string): AsyncIterable<BucketItem> {
    return this.bucket.client.listObjectsV2(this.bucket.name, prefix, true) as AsyncIterable<BucketItem>;
  }

  private async attempt(remove: () => Promise<unknown>): Promise<void> {
    try {
      await retrying(remove);
      this.dropped += 1;
    } catch (error) {
      this.complain(error);
    }
  }

  private complain(error: unknown): void {
    this.logger.error({ cause: String(error) }, 'A left-over upload could not be removed');
  }
}
