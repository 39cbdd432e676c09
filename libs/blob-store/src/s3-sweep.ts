import type { Logger } from '@packhouse/observability';
import type { BucketItem, Client } from 'minio';
import { retrying } from './s3-connection';

/** Where larger content waits for its address. */
export const UPLOADS_PREFIX = 'uploads/';

/** Removes staged objects and unfinished multipart uploads from before a time; one bad item never stops it. */
export async function sweepBucket(
  client: Client,
  bucket: string,
  beforeMs: number,
  logger: Logger,
): Promise<number> {
  let dropped = 0;
  const drop = async (remove: () => Promise<unknown>): Promise<void> => {
    try {
      await retrying(remove);
      dropped += 1;
    } catch (error) {
      logger.error({ cause: String(error) }, 'A left-over upload could not be removed');
    }
  };
  const staged = client.listObjectsV2(bucket, UPLOADS_PREFIX, true) as AsyncIterable<BucketItem>;
  for await (const { name, lastModified } of staged) {
    if (name !== undefined && lastModified.getTime() < beforeMs)
      await drop(() => client.removeObject(bucket, name));
  }
  let marker: string | null = '';
  while (marker !== null) {
    const from: string = marker;
    const page = await retrying(() =>
      client.listIncompleteUploadsQuery(bucket, UPLOADS_PREFIX, from, '', ''),
    );
    for (const { key, uploadId, initiated } of page.uploads) {
      if (initiated.getTime() < beforeMs)
        await drop(() => client.abortMultipartUpload(bucket, key, uploadId));
    }
    marker = page.isTruncated && page.nextKeyMarker !== '' ? page.nextKeyMarker : null;
  }
  return dropped;
}
