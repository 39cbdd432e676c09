import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { DomainError, MultiDigest } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import type { ResumableUpload, ResumeOptions, UploadState } from './blob-store';
import type { ReceivedBefore } from './buffered-upload';
import { DigestMemory } from './digest-memory';
import { codeOf } from './failure-code';
import { NOTHING_YET, ResumableS3Upload, type S3UploadState, type StoredRest } from './resumable-s3-upload';
import { contentKey, UPLOADS_PREFIX, type S3Bucket } from './s3-bucket';
import { isMissing, retrying, s3Failure } from './s3-connection';
import { S3Multipart } from './s3-multipart';
import { MAX_BLOB_BYTES } from './s3-parts';
import { uploadGone } from './upload-faults';

/** What the store lends to its resumable uploads. */
export interface S3ResumeParts {
  readonly logger: Logger;
  bucket(): S3Bucket;
  hold(uploadId: string, content: Buffer): void;
}

/** The resumable uploads of an S3 store. */
export class S3Resume {
  private readonly digests = new DigestMemory();

  constructor(private readonly parts: S3ResumeParts) {}

  async resume(options: ResumeOptions): Promise<ResumableUpload> {
    const { state: text, interrupted, algorithms } = options;
    if (text === null) {
      const before = { received: 0, digest: new MultiDigest(algorithms) };
      return this.open(newUploadId(), { state: NOTHING_YET, text }, options, before);
    }
    const state = readState(text);
    // This state is on record, so nobody will go on from the one before it.
    void this.dropRests([state.staleRest]);
    const before: ReceivedBefore = {
      received: state.received,
      digest: this.digests.takeFor(state, algorithms),
      pieces: state.multipart?.etags.length ?? 0,
      rest: await this.readRest(state.rest),
    };
    // The writer that was cut off may yet begin to send parts, and complete them: never under the same key. Parts of a
    // multipart upload that both know cannot be mixed, as the one that completes it names them.
    const isApart = interrupted && state.multipart === null;
    return this.open(isApart ? newUploadId() : state.uploadId, { text, state }, options, before);
  }

  async drop(text: UploadState): Promise<void> {
    const state = readState(text);
    this.digests.take(state.mark);
    const bucket = this.parts.bucket();
    if (state.multipart) await this.multipartOf(state.uploadId, state.multipart).abort();
    for (const key of [state.rest?.key, state.staleRest]) if (key) await bucket.drop(key);
  }

  private open(
    uploadId: string,
    { state, text }: { state: S3UploadState; text: UploadState | null },
    { algorithms, maxBytes }: ResumeOptions,
    received: ReceivedBefore,
  ): ResumableUpload {
    const bucket = this.parts.bucket();
    const key = contentKey(uploadId);
    const { multipart } = state;
    const target = {
      uploadId,
      before: state,
      beforeText: text,
      openMultipart: async () =>
        multipart
          ? this.multipartOf(uploadId, multipart)
          : S3Multipart.start(bucket.client, bucket.name, key),
      putRest: async (content: Buffer) => {
        const rest = { key: `${UPLOADS_PREFIX}rest-${randomUUID()}`, size: content.length };
        await bucket.put(rest.key, content);
        return rest;
      },
      dropRests: (keys: ReadonlyArray<string | null>) => void this.dropRests(keys),
      keepDigest: (mark: string, digest: MultiDigest) => this.digests.keep(mark, digest),
      hold: (content: Buffer) => this.parts.hold(uploadId, content),
      mark: (sha256: string) => bucket.mark(uploadId, sha256),
      readAgain: async (digest: MultiDigest) => {
        const content = await retrying(() => bucket.client.getObject(bucket.name, key));
        for await (const chunk of content) digest.update(chunk as Buffer);
      },
      // A multipart upload that was ended, or whose parts were replaced: another writer has ended this upload.
      fail: (error: unknown) =>
        ['NoSuchUpload', 'InvalidPart'].includes(codeOf(error) ?? '')
          ? uploadGone()
          : s3Failure(error, this.parts.logger),
    };
    const limit = Math.min(maxBytes, MAX_BLOB_BYTES);
    return new ResumableS3Upload(target, { uploadId, algorithms, maxBytes: limit, before: received });
  }

  private multipartOf(uploadId: string, progress: NonNullable<S3UploadState['multipart']>): S3Multipart {
    const { client, name } = this.parts.bucket();
    return S3Multipart.resume(client, name, contentKey(uploadId), progress);
  }

  private async readRest(rest: StoredRest | null): Promise<Buffer> {
    if (!rest) return Buffer.alloc(0);
    const { client, name } = this.parts.bucket();
    try {
      const content = await retrying(async () => buffer(await client.getObject(name, rest.key)));
      if (content.length === rest.size) return content;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    throw uploadGone();
  }

  private async dropRests(keys: ReadonlyArray<string | null>): Promise<void> {
    for (const key of keys) {
      if (key === null) continue;
      await this.parts
        .bucket()
        .drop(key)
        .catch((error: unknown) =>
          this.parts.logger.warn({ cause: String(error) }, 'The rest of an upload is left for the sweep'),
        );
    }
  }
}

function newUploadId(): string {
  return `session-${randomUUID()}`;
}

function readState(text: UploadState): S3UploadState {
  const state = JSON.parse(text) as S3UploadState;
  if (
    typeof state.uploadId !== 'string' ||
    typeof state.mark !== 'string' ||
    !Number.isSafeInteger(state.received)
  )
    throw new DomainError('internal', 'This is not the state of an upload to S3.');
  return state;
}
