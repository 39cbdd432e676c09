import { createHash } from 'node:crypto';
import type { Client } from 'minio';
import { retrying } from './s3-connection';
import { codeOf } from './failure-code';

/** A multipart upload as it can be gone on with. */
export interface MultipartProgress {
  readonly id: string;
  /** Of the parts, in order. */
  readonly etags: readonly string[];
}

/**
 * One multipart upload, driven by hand: the client's own `putObject` for streams first lists all unfinished uploads
 * of the bucket, and buffers by a part size that grows with the size it is told.
 */
export class S3Multipart {
  private constructor(
    private readonly client: Client,
    private readonly bucket: string,
    private readonly key: string,
    private readonly id: string,
    private readonly etags: string[],
  ) {}

  static async start(client: Client, bucket: string, key: string): Promise<S3Multipart> {
    const id = await retrying(() => client.initiateNewMultipartUpload(bucket, key, {}));
    return new S3Multipart(client, bucket, key, id, []);
  }

  /** Goes on with one that another process, or another request, has begun. */
  static resume(client: Client, bucket: string, key: string, { id, etags }: MultipartProgress): S3Multipart {
    return new S3Multipart(client, bucket, key, id, [...etags]);
  }

  get progress(): MultipartProgress {
    return { id: this.id, etags: [...this.etags] };
  }

  async sendPart(content: Buffer): Promise<void> {
    const place = {
      bucketName: this.bucket,
      objectName: this.key,
      uploadID: this.id,
      partNumber: this.etags.length + 1,
      headers: {},
    };
    const { etag } = await retrying(() => this.client.uploadPart(place, content));
    this.etags.push(etag);
  }

  async complete(): Promise<void> {
    const parts = this.etags.map((etag, index) => ({ part: index + 1, etag }));
    try {
      await retrying(() => this.client.completeMultipartUpload(this.bucket, this.key, this.id, parts));
    } catch (error) {
      // A repeated call after a lost answer: the upload is gone because it is complete. Another writer that was cut off
      // may have completed it with other parts, and then it is not ours.
      if (codeOf(error) !== 'NoSuchUpload') throw error;
      const found = await retrying(() => this.client.statObject(this.bucket, this.key));
      if (found.etag !== this.wholeEtag()) throw error;
    }
  }

  async abort(): Promise<void> {
    try {
      await retrying(() => this.client.abortMultipartUpload(this.bucket, this.key, this.id));
    } catch (error) {
      if (codeOf(error) !== 'NoSuchUpload') throw error;
    }
  }

  /** What S3 calls an object of these parts: the MD5 of their MD5s, and how many they are. */
  private wholeEtag(): string {
    const whole = createHash('md5');
    for (const etag of this.etags) whole.update(Buffer.from(etag, 'hex'));
    return `${whole.digest('hex')}-${this.etags.length}`;
  }
}
