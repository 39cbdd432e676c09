import { DomainError, type Digests } from '@packhouse/kernel';

/** Content as the ledger knows it. */
export interface BlobRecord {
  readonly size: number;
  readonly digests: Digests;
}

/** A row of `blob` with its digests. */
export interface BlobRow {
  readonly size: number;
  readonly sha256: string;
  readonly md5: string | null;
  readonly sha1: string | null;
  readonly sha512: string | null;
}

/**
 * Beginning of a statement (parameters $1 to $5) that records blobs, as `kept`: one round trip and all or nothing. The upsert
 * locks each blob's row in the order of the addresses (no deadlock between publishers) and waits for a collector that
 * holds one; if that collector removed the row, it is inserted again. A blob on record with another size is left alone
 * and shows in the count.
 */
export const KEPT_BLOBS = `
  WITH given AS (
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[]) AS t (sha256, size, md5, sha1, sha512)
    ORDER BY sha256
  ), kept AS (
    INSERT INTO blob (sha256, size, md5, sha1, sha512) SELECT * FROM given
    ON CONFLICT (sha256) DO UPDATE SET
      unlinked_at = NULL,
      md5 = coalesce(blob.md5, excluded.md5),
      sha1 = coalesce(blob.sha1, excluded.sha1),
      sha512 = coalesce(blob.sha512, excluded.sha512)
      WHERE blob.size = excluded.size
    RETURNING sha256
  )`;

/** Each content once. */
export function distinctBlobs(blobs: readonly BlobRecord[]): readonly BlobRecord[] {
  return [...new Map(blobs.map((blob) => [blob.digests.sha256, blob])).values()];
}

/** The parameters of {@link KEPT_BLOBS}. */
export function blobColumns(distinct: readonly BlobRecord[]): unknown[] {
  const column = (pick: (blob: BlobRecord) => unknown): unknown[] =>
    distinct.map((blob) => pick(blob) ?? null);
  return [
    column((blob) => blob.digests.sha256),
    column((blob) => blob.size),
    column((blob) => blob.digests.md5),
    column((blob) => blob.digests.sha1),
    column((blob) => blob.digests.sha512),
  ];
}

/** Refuses content that is on record with another size. */
export function requireAll(count: number | undefined, distinct: readonly BlobRecord[]): void {
  if (count === distinct.length) return;
  throw new DomainError(
    'invalid_request',
    'Content with the same SHA-256 is on record with another size: check the upload.',
  );
}

/** Absent digests are absent, not null. */
export function recordOf({ size, sha256, md5, sha1, sha512 }: BlobRow): BlobRecord {
  return {
    size,
    digests: { sha256, ...(md5 && { md5 }), ...(sha1 && { sha1 }), ...(sha512 && { sha512 }) },
  };
}

/** What keeps content: a link of a version, or the holding of a place. For the row `blob` of the statement around it. */
export const IS_USED = `(EXISTS (SELECT FROM link WHERE link.sha256 = blob.sha256)
  OR EXISTS (SELECT FROM holding WHERE holding.sha256 = blob.sha256))`;
