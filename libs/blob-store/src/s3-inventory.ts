import { createHash } from 'node:crypto';
import type { Logger } from '@packhouse/observability';
import type { BucketItem, BucketItemStat } from 'minio';
import { isAddress } from './blob-address';
import type { InventoryPage, StoredBlob, StrayContent } from './blob-store';
import { KeyFilter } from './key-filter';
import {
  ADDRESS_PREFIX,
  blobKey,
  CONTENT_PREFIX,
  contentKey,
  isUploadId,
  MARKS_PREFIX,
  pointerOf,
  type S3Bucket,
} from './s3-bucket';
import { isMissing, retrying } from './s3-connection';

const PAGE = 500;
/** Pointers that are read at a time. */
const HANDS = 8;

/** What is stored in a bucket. A listing does not say where a pointer leads, so each is read. */
export class S3Inventory {
  constructor(
    private readonly bucket: S3Bucket,
    private readonly logger: Logger,
  ) {}

  async *pages(): AsyncGenerator<InventoryPage> {
    const pointed = new KeyFilter();
    let isComplete = true;
    for await (const objects of this.list(ADDRESS_PREFIX)) {
      const found = await inParallel(objects, (object) =>
        this.describe(object, pointed).catch((error: unknown) => {
          isComplete = false;
          this.logger.error({ key: object.name, cause: String(error) }, 'An address could not be read');
          return null;
        }),
      );
      yield { blobs: found.filter((blob) => blob !== null), strays: [] };
    }
    // Content of an address that could not be read would look like a stray.
    if (!isComplete) return;
    for await (const objects of this.list(CONTENT_PREFIX))
      yield { blobs: [], strays: objects.flatMap((object) => strayOf(object, pointed)) };
  }

  async inspect(sha256: string): Promise<StoredBlob | null> {
    return (await this.look(sha256))?.blob ?? null;
  }

  /**
   * Content says which address is its own: it is read. Content with a mark has come lately, or is being removed: it is left
   * to the sweep of uploads.
   */
  async removeStray(uploadId: string): Promise<boolean> {
    const key = contentKey(uploadId);
    if (await this.stat(`${MARKS_PREFIX}${uploadId}`)) return false;
    if (!(await this.stat(key))) return false;
    const sha256 = await this.digestOf(key);
    if ((await this.bucket.locate(sha256))?.key === key) return false;
    await this.bucket.dropContent(uploadId);
    return true;
  }

  private async describe(object: BucketItem, pointed: KeyFilter): Promise<StoredBlob | null> {
    const sha256 = object.name!.slice(ADDRESS_PREFIX.length);
    if (!isAddress(sha256)) return null;
    // Pointers are empty.
    if (object.size > 0) return { sha256, size: object.size, modifiedMs: object.lastModified!.getTime() };
    const found = await this.look(sha256);
    if (found?.pointsTo) pointed.add(found.pointsTo);
    return found?.blob ?? null;
  }

  private async look(sha256: string): Promise<{ blob: StoredBlob; pointsTo: string | null } | null> {
    const found = await this.stat(blobKey(sha256));
    if (!found) return null;
    const modifiedMs = found.lastModified.getTime();
    const pointer = pointerOf(found.metaData);
    if (!pointer) return { blob: { sha256, size: found.size, modifiedMs }, pointsTo: null };
    const content = await this.stat(pointer.key);
    return { blob: { sha256, size: content?.size ?? null, modifiedMs }, pointsTo: pointer.key };
  }

  private async stat(key: string): Promise<BucketItemStat | null> {
    const { client, name } = this.bucket;
    try {
      return await retrying(() => client.statObject(name, key));
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  private async digestOf(key: string): Promise<string> {
    const { client, name } = this.bucket;
    const digest = createHash('sha256');
    for await (const chunk of await retrying(() => client.getObject(name, key)))
      digest.update(chunk as Buffer);
    return digest.digest('hex');
  }

  /** Pages by the last key of the one before: unlike a token of the server, that does not run out. */
  private async *list(prefix: string): AsyncGenerator<BucketItem[]> {
    const { client, name } = this.bucket;
    let after = '';
    for (;;) {
      const page = await retrying(() => client.listObjectsV2Query(name, prefix, '', '', PAGE, after));
      const objects = page.objects.filter((object) => object.name !== undefined);
      yield objects;
      const last = objects.at(-1)?.name;
      if (!page.isTruncated || last === undefined) return;
      after = last;
    }
  }
}

function strayOf({ name, size, lastModified }: BucketItem, pointed: KeyFilter): StrayContent[] {
  const uploadId = name!.slice(CONTENT_PREFIX.length);
  if (!isUploadId(uploadId) || pointed.mayHave(name!)) return [];
  return [{ uploadId, size, modifiedMs: lastModified!.getTime() }];
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += HANDS)
    results.push(...(await Promise.all(items.slice(at, at + HANDS).map(work))));
  return results;
}
