import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { SettingsError, type StorageSettings } from '@packhouse/config';
import { newId, type DigestAlgorithm } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import type { Client } from 'minio';
import { blobNotFound } from './blob-address';
import type {
  BlobStore,
  BlobUpload,
  ByteRange,
  InventoryPage,
  PresignOptions,
  ResumableUpload,
  ResumeOptions,
  StagedBlob,
  StoredBlob,
  TakePiece,
  UploadState,
} from './blob-store';
import { rangeWithin, within } from './byte-range';
import { copyStream } from './copy-stream';
import { newInstanceName } from './instance-name';
import { blobKey, contentKey, pointerOf, S3Bucket } from './s3-bucket';
import { connectS3, explainStart, isMissing, retrying, s3Failure } from './s3-connection';
import { S3Inventory } from './s3-inventory';
import { S3Multipart } from './s3-multipart';
import { MAX_BLOB_BYTES } from './s3-parts';
import { S3Resume } from './s3-resume';
import { S3Sweep } from './s3-sweep';
import { S3Upload } from './s3-upload';
import { SMALL_BLOB_BYTES, SmallBlobCache } from './small-blob-cache';
import { stagedContentGone } from './upload-faults';
import { codeOf } from './failure-code';

/** How an {@link S3BlobStore} reports and caches. */
export interface S3BlobStoreOptions {
  readonly logger: Logger;
  /** Memory for the contents of small blobs; the default is 32 MB. */
  readonly cacheBytes?: number;
}

/**
 * Blobs in a bucket. Content of up to 5 MiB waits in memory and is put straight to its address, `sha256/<hex>`; larger content
 * arrives in parts as `content/<upload>` and stays there: what is put to its address then is a pointer (ADR 11). Call
 * `prepare` once before use.
 */
export class S3BlobStore implements BlobStore {
  private readonly instance = newInstanceName();
  /** Set by `prepare`. */
  private bucket!: S3Bucket;
  /** The server as clients reach it; signs and never asks. */
  private reached!: Client;
  private readonly cache: SmallBlobCache;
  private readonly logger: Logger;
  private readonly resumable: S3Resume;
  /** Content that is staged in memory, by the id of its upload. */
  private readonly held = new Map<string, { content: Buffer; since: number }>();

  constructor(
    private readonly settings: StorageSettings,
    options: S3BlobStoreOptions,
  ) {
    this.logger = options.logger;
    this.cache = new SmallBlobCache(options.cacheBytes);
    this.resumable = new S3Resume({
      logger: options.logger,
      bucket: () => this.bucket,
      hold: (uploadId, content) => this.hold(uploadId, content),
    });
  }

  /**
   * Makes the bucket if it is missing.
   * @throws SettingsError with a plain sentence when the server cannot be used as it is set.
   */
  async prepare(): Promise<void> {
    const client = await connectS3(this.settings);
    const { s3Bucket: name, s3Region, s3PublicEndpoint } = this.settings;
    this.reached = s3PublicEndpoint ? await connectS3(this.settings, s3PublicEndpoint) : client;
    this.bucket = new S3Bucket(client, name);
    try {
      if (await retrying(() => client.bucketExists(name))) return;
      await retrying(() => client.makeBucket(name, s3Region));
      this.logger.info({ bucket: name }, 'Made the bucket for blobs');
    } catch (error) {
      // Another process was quicker.
      if (codeOf(error) === 'BucketAlreadyOwnedByYou') return;
      throw new SettingsError(explainStart(error, this.settings), { cause: error });
    }
  }

  async startUpload(options: {
    algorithms: readonly DigestAlgorithm[];
    maxBytes: number;
  }): Promise<BlobUpload> {
    const uploadId = `${this.instance}-${newId()}`;
    const target = {
      uploadId,
      hold: (content: Buffer): void => this.hold(uploadId, content),
      mark: (sha256: string) => this.bucket.mark(uploadId, sha256),
      startMultipart: () => S3Multipart.start(this.bucket.client, this.bucket.name, contentKey(uploadId)),
      fail: (error: unknown) => s3Failure(error, this.logger),
    };
    return new S3Upload(target, options.algorithms, Math.min(options.maxBytes, MAX_BLOB_BYTES));
  }

  async resumeUpload(options: ResumeOptions): Promise<ResumableUpload> {
    return this.guard(() => this.resumable.resume(options));
  }

  async dropUpload(state: UploadState): Promise<void> {
    await this.guard(() => this.resumable.drop(state));
  }

  async promote(staged: StagedBlob): Promise<void> {
    const { uploadId, size } = staged;
    const { sha256 } = staged.digests;
    const key = blobKey(sha256);
    const from = contentKey(uploadId);
    const held = this.held.get(uploadId);
    await this.guard(async () => {
      if (held) {
        // A put is atomic, and the same content over itself changes nothing.
        await this.bucket.put(key, held.content);
        this.bucket.remember(sha256, { key, size });
        this.held.delete(uploadId);
        return;
      }
      const found = await this.bucket.locate(sha256);
      if (found?.size !== size) await this.point(staged);
      else if (found.key !== from) await this.bucket.dropContent(uploadId);
    });
  }

  async discard(staged: StagedBlob): Promise<void> {
    const key = contentKey(staged.uploadId);
    // Content that was held in memory never was in the bucket.
    if (this.held.delete(staged.uploadId)) return;
    await this.guard(async () => {
      const address = await this.bucket.locate(staged.digests.sha256);
      if (address?.key !== key) await this.bucket.dropContent(staged.uploadId);
    });
  }

  async copyTo(
    sha256: string,
    range: ByteRange | undefined,
    take: TakePiece,
    signal?: AbortSignal,
  ): Promise<void> {
    blobKey(sha256);
    const cached = this.cache.find(sha256);
    if (cached) return take(within(cached, range));
    const opening = (): Promise<Readable> => (range ? this.openRange(sha256, range) : this.openWhole(sha256));
    const stream = await this.guard(opening, sha256);
    await copyStream(stream, take, { signal, fail: (error) => s3Failure(error, this.logger) });
  }

  async readAll(sha256: string): Promise<Buffer> {
    blobKey(sha256);
    const cached = this.cache.find(sha256);
    if (cached) return cached;
    const content = await this.guard(() => retrying(async () => buffer(await this.fetch(sha256))), sha256);
    this.cache.keep(sha256, content);
    return content;
  }

  async stat(sha256: string): Promise<{ size: number } | null> {
    blobKey(sha256);
    return this.guard(async () => {
      const found = await this.bucket.locate(sha256);
      return found && { size: found.size };
    });
  }

  async presign(sha256: string, { method, seconds, contentType }: PresignOptions): Promise<string> {
    return this.guard(async () => {
      const location = this.bucket.recall(sha256) ?? (await this.bucket.locate(sha256));
      if (!location) throw blobNotFound(sha256);
      // A browser that follows the URL keeps what strangers stored, and shows nothing of it.
      const answer = {
        'response-content-type': contentType,
        'response-content-disposition': 'attachment',
      };
      return this.reached.presignedUrl(method, this.bucket.name, location.key, seconds, answer);
    });
  }

  pathOf(): null {
    return null;
  }

  async remove(sha256: string): Promise<void> {
    blobKey(sha256);
    this.cache.drop(sha256);
    await this.guard(() => this.bucket.remove(sha256));
  }

  takeInventory(): AsyncIterable<InventoryPage> {
    return new S3Inventory(this.bucket, this.logger).pages();
  }

  async inspect(sha256: string): Promise<StoredBlob | null> {
    blobKey(sha256);
    return this.guard(() => new S3Inventory(this.bucket, this.logger).inspect(sha256));
  }

  async removeStray(uploadId: string): Promise<boolean> {
    return this.guard(() => new S3Inventory(this.bucket, this.logger).removeStray(uploadId));
  }

  async sweepUploads(olderThanMs: number): Promise<number> {
    const before = Date.now() - olderThanMs;
    let dropped = 0;
    for (const [uploadId, { since }] of this.held) {
      if (since < before && this.held.delete(uploadId)) dropped += 1;
    }
    return dropped + (await this.guard(() => new S3Sweep(this.bucket, before, this.logger).run()));
  }

  private hold(uploadId: string, content: Buffer): void {
    this.held.set(uploadId, { content, since: Date.now() });
  }

  /** Content that is not there any more must not get its address. */
  private async point({ uploadId, size, digests }: StagedBlob): Promise<void> {
    const { client, name } = this.bucket;
    const found = await retrying(() => client.statObject(name, contentKey(uploadId))).catch(
      (error: unknown) => {
        throw isMissing(error) ? stagedContentGone(error) : error;
      },
    );
    if (found.size !== size) throw stagedContentGone(undefined);
    await this.bucket.point(digests.sha256, uploadId, size);
  }

  private async openWhole(sha256: string): Promise<Readable> {
    const answer = await this.fetch(sha256);
    if (Number(answer.headers['content-length']) > SMALL_BLOB_BYTES) return answer;
    const content = await buffer(answer);
    this.cache.keep(sha256, content);
    return Readable.from([content]);
  }

  /** The whole of a blob: one request when it has its address, or when it is known where it is. */
  private async fetch(sha256: string): Promise<IncomingMessage> {
    const known = this.bucket.recall(sha256);
    if (known && known.key !== blobKey(sha256)) {
      try {
        return await this.get(known.key);
      } catch (error) {
        // It was removed, and stored again since.
        if (!isMissing(error)) throw error;
        this.bucket.forget(sha256);
      }
    }
    const answer = await this.get(blobKey(sha256));
    const pointer = pointerOf(answer.headers, 'x-amz-meta-');
    if (!pointer) return answer;
    answer.resume();
    this.bucket.remember(sha256, pointer);
    return this.get(pointer.key);
  }

  private async openRange(sha256: string, range: ByteRange): Promise<Readable> {
    const known = this.bucket.recall(sha256);
    const location = known ?? (await this.bucket.locate(sha256));
    if (!location) throw blobNotFound(sha256);
    const { start, end } = rangeWithin(range, location.size);
    const { client, name } = this.bucket;
    try {
      return await retrying(() => client.getPartialObject(name, location.key, start, end - start + 1));
    } catch (error) {
      if (!known || !isMissing(error)) throw error;
      this.bucket.forget(sha256);
      return this.openRange(sha256, range);
    }
  }

  private async get(key: string): Promise<IncomingMessage> {
    const { client, name } = this.bucket;
    return (await retrying(() => client.getObject(name, key))) as IncomingMessage;
  }

  private async guard<T>(work: () => Promise<T>, sha256?: string): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (sha256 !== undefined && isMissing(error)) throw blobNotFound(sha256);
      throw s3Failure(error, this.logger);
    }
  }
}
