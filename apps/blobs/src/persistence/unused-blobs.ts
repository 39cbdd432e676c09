import type { EntityManager } from 'typeorm';
import { IS_USED } from './recorded-blobs';

/** Marks those of the blobs that nothing uses any more; the caller has locked their rows. */
export async function markUnused(manager: EntityManager, addresses: readonly string[]): Promise<void> {
  await manager.query(
    `UPDATE blob SET unlinked_at = now() WHERE sha256 = ANY($1) AND unlinked_at IS NULL AND NOT ${IS_USED}`,
    [addresses],
  );
}
