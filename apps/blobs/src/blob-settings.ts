import { defineSettings, integer, setting } from '@packhouse/config';

/** Settings of the ledger. */
export const blobSettings = defineSettings('Blobs', {
  graceMinutes: setting(
    'PACKHOUSE_BLOB_GRACE_MINUTES',
    integer(0, 43_200).default(60),
    'How long content stays after its last use is gone, and how long a publish may take to finish. Below 60 only for tests.',
  ),
  collectMinutes: setting(
    'PACKHOUSE_BLOB_COLLECT_MINUTES',
    integer(1, 1440).default(10),
    'How often unused content is collected.',
  ),
  orphanDays: setting(
    'PACKHOUSE_ORPHAN_DAYS',
    integer(0, 365).default(7),
    'How old stored content that the ledger does not name must be for the daily inventory to remove it. Below 7 only for tests.',
  ),
  holdingHours: setting(
    'PACKHOUSE_HOLDING_HOURS',
    integer(1, 8760).default(24),
    'How long content that was uploaded, or that a client was told exists, stays without being part of a published version.',
  ),
  uploadHours: setting(
    'PACKHOUSE_UPLOAD_HOURS',
    integer(1, 168).default(24),
    'An upload that arrives over several requests is dropped when nothing came for this long.',
  ),
});
