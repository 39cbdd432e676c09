import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { SettingsError, type StorageSettings } from '@packhouse/config';
import { DomainError, newId, type DigestAlgorithm } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import type { Client } from 'minio';
import { blobNotFound, checkAddress, rangeOutside } from './blob-address';
import type { BlobStore, BlobUpload, ByteRange, ResumableUpload, StagedBlob } from './blob-store';
import { streamOf } from './byte-range';
import { newInstanceName } from './instance-name';
import { connectS3, isMissing, isRefused, retrying, s3Failure } from './s3-connection';
import { S3Multipart } from './s3-multipart';
import { S3Upload } from './s3-upload';
import { sweepBucket, UPLOADS_PREFIX } from './s3-sweep';
import { SMALL_BLOB_BYTES, SmallBlobCache } from './small-blob-cache';
import { stagedContentGone } from './upload-faults';
import { codeOf } from './failure-code';

/** S3 copies no larger object in one request, and promoting a large blob is such a copy. */
const MAX_BLOB_BYTES = 5 * 1024 ** 3;

const uploadIdShape = /^[0-9a-f]{8}-\d{1,10}-[0-9a-f]{8}-[0-9a-f-]{36}$/;

/** How an {@link S3BlobStore} reports and caches. */
export interface S3BlobStoreOptions {
  readonly logger: Logger;
  /** Memory for the contents of small blobs; the default is 32 MB. */
  readonly cacheBytes?: number;
}

/**
 * Blobs in a bucket: `sha256/<hex>` and, while larger ones arrive, `uploads/<instance>-<id>`. Content of up to one
 * part (5 MiB) waits in memory and is put straight to its address; larger content is uploaded in parts, then copied
 * by the server. Blobs above 5 GiB are refused. Call `prepare` once before use.
 */
export class S3BlobStore implements BlobStore {
  private readonly instance = newInstanceName();
  /** Set by `prepare`. */
  private client!: Client;
  private readonly bucket: string;
  private readonly cache: SmallBlobCache;
  private readonly logger: Logger;
  /** Content that is staged in memory, by the id of its upload. */
  private readonly held = new Map<string, { content: Buffer; since: number }>();

  constructor(
    private readonly settings: StorageSettings,
    options: S3BlobStoreOptions,
  ) {
    this.bucket = settings.s3Bucket;
    this.logger = options.logger;
    this.cache = new SmallBlobCache(options.cacheBytes);
  }

  /**
   * Makes the bucket if it is missing.
   * @throws SettingsError with a plain sentence when the server cannot be used as it is set.
   */
  async prepare(): Promise<void> {
    this.client = await connectS3(this.settings);
    try {
      if (await retrying(() => this.client.bucketExists(this.bucket))) return;
      await retrying(() => this.client.makeBucket(this.bucket, this.settings.s3Region));
      this.logger.info({ bucket: this.bucket }, 'Made the bucket for blobs');
    } catch (error) {
      // Another process was quicker.
      if (codeOf(error) === 'BucketAlreadyOwnedByYou') return;
      throw new SettingsError(this.explainStart(error), { cause: error });
    }
  }

  async startUpload(options: {
    algorithms: readonly DigestAlgorithm[];
    maxBytes: number;
  }): Promise<BlobUpload> {
    const uploadId = `${this.instance}-${newId()}`;
    const target = {
      uploadId,
      hold: (content: Buffer): void => void this.held.set(uploadId, { content, since: Date.now() }),
      startMultipart: () => S3Multipart.start(this.client, this.bucket, uploadKey(uploadId)),
      fail: (error: unknown) => s3Failure(error, this.logger),
    };
    return new S3Upload(target, options.algorithms, Math.min(options.maxBytes, MAX_BLOB_BYTES));
  }

  async resumeUpload(): Promise<ResumableUpload> {
    throw new DomainError('not_implemented');
  }

  async dropUpload(): Promise<void> {
    throw new DomainError('not_implemented');
  }

  async promote(staged: StagedBlob): Promise<void> {
    const { sha256 } = staged.digests;
    const key = blobKey(sha256);
    const from = uploadKey(staged.uploadId);
    const held = this.held.get(staged.uploadId);
    await this.guard(async () => {
      if (held) {
        // A put is atomic, and the same content over itself changes nothing.
        await retrying(() => this.client.putObject(this.bucket, key, held.content));
        this.held.delete(staged.uploadId);
        return;
      }
      if ((await this.stat(sha256))?.size !== staged.size) await this.copy(from, key, staged);
      await retrying(() => this.client.removeObject(this.bucket, from)).catch((error: unknown) =>
        this.logger.warn({ cause: String(error) }, 'A promoted upload is left for the sweep'),
      );
    });
  }

  async discard(staged: StagedBlob): Promise<void> {
    const key = uploadKey(staged.uploadId);
    // Content that was held in memory never was in the bucket.
    if (this.held.delete(staged.uploadId)) return;
    await this.guard(() => retrying(() => this.client.removeObject(this.bucket, key)));
  }

  async open(sha256: string, range?: ByteRange): Promise<Readable> {
    const key = blobKey(sha256);
    const cached = this.cache.find(sha256);
    if (cached) return streamOf(cached, range);
    if (range && (range.start < 0 || range.end < range.start))
      throw rangeOutside((await this.getSize(sha256)).size);
    return this.guard(async () => {
      const answer = (await retrying(() =>
        range
          ? this.client.getPartialObject(this.bucket, key, range.start, range.end - range.start + 1)
          : this.client.getObject(this.bucket, key),
      )) as IncomingMessage;
      if (range || Number(answer.headers['content-length']) > SMALL_BLOB_BYTES) return answer;
      const content = await buffer(answer);
      this.cache.keep(sha256, content);
      return streamOf(content);
    }, sha256);
  }

  async readAll(sha256: string): Promise<Buffer> {
    const key = blobKey(sha256);
    const cached = this.cache.find(sha256);
    if (cached) return cached;
    const read = async (): Promise<Buffer> => buffer(await this.client.getObject(this.bucket, key));
    const content = await this.guard(() => retrying(read), sha256);
    this.cache.keep(sha256, content);
    return content;
  }

  async stat(sha256: string): Promise<{ size: number } | null> {
    const key = blobKey(sha256);
    return this.guard(async () => {
      try {
        const { size } = await retrying(() => this.client.statObject(this.bucket, key));
        return { size };
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    });
  }

  async remove(sha256: string): Promise<void> {
    const key = blobKey(sha256);
    this.cache.drop(sha256);
    await this.guard(() => retrying(() => this.client.removeObject(this.bucket, key)));
  }

  async sweepUploads(olderThanMs: number): Promise<number> {
    const before = Date.now() - olderThanMs;
    let dropped = 0;
    for (const [uploadId, { since }] of this.held) {
      if (since < before && this.held.delete(uploadId)) dropped += 1;
    }
    return dropped + (await this.guard(() => sweepBucket(this.client, this.bucket, before, this.logger)));
  }

  private async copy(from: string, key: string, staged: StagedBlob): Promise<void> {
    try {
      await retrying(() => this.client.copyObject(this.bucket, key, `/${this.bucket}/${from}`));
    } catch (error) {
      if (!isMissing(error)) throw error;
      // Repeated after it had succeeded: the content is where it belongs.
      if ((await this.stat(staged.digests.sha256))?.size !== staged.size) throw stagedContentGone(error);
    }
  }

  private async getSize(sha256: string): Promise<{ size: number }> {
    const found = await this.stat(sha256);
    if (!found) throw blobNotFound(sha256);
    return found;
  }

  private async guard<T>(work: () => Promise<T>, sha256?: string): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (sha256 !== undefined && isMissing(error)) throw blobNotFound(sha256);
      if (sha256 !== undefined && codeOf(error) === 'InvalidRange')
        throw rangeOutside((await this.getSize(sha256)).size);
      throw s3Failure(error, this.logger);
    }
  }

  private explainStart(error: unknown): string {
    const server = this.settings.s3Endpoint;
    if (isRefused(error)) {
      return `The S3 server ${server} refuses the keys: check PACKHOUSE_S3_ACCESS_KEY and PACKHOUSE_S3_SECRET_KEY, and that they may use the bucket "${this.bucket}".`;
    }
    if (codeOf(error) === 'BucketAlreadyExists') {
      return `The bucket "${this.bucket}" belongs to somebody else: set PACKHOUSE_S3_BUCKET to another name.`;
    }
    const reason = codeOf(error) ?? (error instanceof Error ? error.message : String(error));
    return `The S3 server ${server} cannot be used (${reason}): check that it runs, and PACKHOUSE_S3_ENDPOINT.`;
  }
}

function blobKey(sha256: string): string {
  checkAddress(sha256);
  return `sha256/${sha256}`;
}

function uploadKey(uploadId: string): string {
  if (!uploadIdShape.test(uploadId))
    throw new DomainError('invalid_request', 'This is not the id of an upload.');
  return `${UPLOADS_PREFIX}${uploadId}`;
}
