import { DomainError } from '@packhouse/kernel';
import { LRUCache } from 'lru-cache';
import type { Client } from 'minio';
import { checkAddress } from './blob-address';
import { isMissing, retrying } from './s3-connection';

/** Larger content keeps the key that it arrived under. */
export const CONTENT_PREFIX = 'content/';
/** What is left of an upload between two requests, and what earlier releases staged. */
export const UPLOADS_PREFIX = 'uploads/';
/** Which address content below {@link CONTENT_PREFIX} is meant for; gone a day after that is settled. */
export const MARKS_PREFIX = 'marks/';
export const ADDRESS_PREFIX = 'sha256/';

const idShape = /^(?:[0-9a-f]{8}-\d{1,10}-[0-9a-f]{8}|session)-[0-9a-f-]{36}$/;
const POINTER = 'packhouse-content';
const POINTER_SIZE = 'packhouse-size';
const MOST_KNOWN = 50_000;

/** Where content is: at its address, or where a pointer at its address says. */
export interface BlobLocation {
  readonly key: string;
  readonly size: number;
}

/** Key of an address. Refuses what is none. */
export function blobKey(sha256: string): string {
  checkAddress(sha256);
  return `${ADDRESS_PREFIX}${sha256}`;
}

export function isUploadId(name: string): boolean {
  return idShape.test(name);
}

/** Key of content under the id of its upload. Refuses what is none. */
export function contentKey(uploadId: string): string {
  if (!isUploadId(uploadId)) throw new DomainError('invalid_request', 'This is not the id of an upload.');
  return `${CONTENT_PREFIX}${uploadId}`;
}

/** Where the headers of an object point to, or null when it is content itself. */
export function pointerOf(headers: Readonly<Record<string, unknown>>, prefix = ''): BlobLocation | null {
  const key = headers[`${prefix}${POINTER}`];
  const size = headers[`${prefix}${POINTER_SIZE}`];
  return typeof key === 'string' && key.startsWith(CONTENT_PREFIX) ? { key, size: Number(size) } : null;
}

/**
 * Addresses in a bucket. An object at an address is either the content, or empty with the key of the content in its metadata:
 * so content of any size gets its address without a copy, and content that is stored again never shares a key with what
 * is being removed.
 */
export class S3Bucket {
  private readonly known = new LRUCache<string, BlobLocation>({ max: MOST_KNOWN });

  constructor(
    readonly client: Client,
    readonly name: string,
  ) {}

  /** As this process last saw it; content may have been removed, and be elsewhere since. */
  recall(sha256: string): BlobLocation | null {
    return this.known.get(sha256) ?? null;
  }

  remember(sha256: string, location: BlobLocation): void {
    this.known.set(sha256, location);
  }

  forget(sha256: string): void {
    this.known.delete(sha256);
  }

  /** Asks the server; null: nothing has this address. */
  async locate(sha256: string): Promise<BlobLocation | null> {
    const key = blobKey(sha256);
    try {
      const { size, metaData } = await retrying(() => this.client.statObject(this.name, key));
      const location = pointerOf(metaData) ?? { key, size };
      this.known.set(sha256, location);
      return location;
    } catch (error) {
      this.known.delete(sha256);
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async put(key: string, content: Buffer | string): Promise<void> {
    await retrying(() => this.client.putObject(this.name, key, content));
  }

  /** Gives content its address. */
  async point(sha256: string, uploadId: string, size: number): Promise<void> {
    const key = contentKey(uploadId);
    const metadata = { [POINTER]: key, [POINTER_SIZE]: String(size) };
    await retrying(() => this.client.putObject(this.name, blobKey(sha256), '', 0, metadata));
    this.known.set(sha256, { key, size });
  }

  /** Notes what content is meant for; empty: that is not known yet. */
  mark(uploadId: string, sha256: string): Promise<void> {
    contentKey(uploadId);
    return this.put(`${MARKS_PREFIX}${uploadId}`, sha256);
  }

  async drop(key: string): Promise<void> {
    await retrying(() => this.client.removeObject(this.name, key));
  }

  /** Removes content and its address. What a crash leaves of it is marked, and so found by the sweep. */
  async remove(sha256: string): Promise<void> {
    const location = await this.locate(sha256);
    this.known.delete(sha256);
    if (!location) return;
    const { key } = location;
    if (key === blobKey(sha256)) return this.drop(key);
    const uploadId = key.slice(CONTENT_PREFIX.length);
    await this.mark(uploadId, sha256);
    await this.drop(blobKey(sha256));
    await this.dropContent(uploadId);
  }

  /** Drops content that has no address, and its mark. */
  async dropContent(uploadId: string): Promise<void> {
    await this.drop(contentKey(uploadId));
    await this.drop(`${MARKS_PREFIX}${uploadId}`);
  }
}
