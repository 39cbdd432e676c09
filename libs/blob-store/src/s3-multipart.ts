import type { Client } from 'minio';
import { retrying } from './s3-connection';
import { codeOf } from './failure-code';

/**
 * One multipart upload, driven by hand: the client's own `putObject` for streams first lists all unfinished uploads
 * of the bucket, and buffers by a part size that grows with the size it is told.
 */
export class S3Multipart {
  private readonly parts: { part: number; etag: string }[] = [];

  private constructor(
    private readonly client: Client,
    private readonly bucket: string,
    private readonly key: string,
    private readonly id: string,
  ) {}

  static async start(client: Client, bucket: string, key: string): Promise<S3Multipart> {
    const id = await retrying(() => client.initiateNewMultipartUpload(bucket, key, {}));
    return new S3Multipart(client, bucket, key, id);
  }

  async sendPart(content: Buffer): Promise<void> {
    const part = this.parts.length + 1;
    const place = {
      bucketName: this.bucket,
      objectName: this.key,
      uploadID: this.id,
      partNumber: part,
      headers: {},
    };
    const { etag } = await retrying(() => this.client.uploadPart(place, content));
    this.parts.push({ part, etag });
  }

  async complete(size: number): Promise<void> {
    try {
      await retrying(() => this.client.completeMultipartUpload(this.bucket, this.key, this.id, this.parts));
    } catch (error) {
      // A repeated call after a lost answer: the upload is gone because it is complete.
      if (codeOf(error) !== 'NoSuchUpload') throw error;
      const found = await retrying(() => this.client.statObject(this.bucket, this.key));
      if (found.size !== size) throw error;
    }
  }

  async abort(): Promise<void> {
    try {
      await retrying(() => this.client.abortMultipartUpload(this.bucket, this.key, this.id));
    } catch (error) {
      if (codeOf(error) !== 'NoSuchUpload') throw error;
    }
  }
}
