import { defineSettings, integer, setting } from '@packhouse/config';

/** Settings of what may be deleted, and for how long it can be restored. */
export const metadataSettings = defineSettings('Packages', {
  maxDownloadsToDelete: setting(
    'PACKHOUSE_DELETE_MAX_DOWNLOADS',
    integer(0, 1_000_000_000).default(5000),
    'A public version with more downloads than this is not deleted, except by its owner with a reason.',
  ),
  restoreDays: setting(
    'PACKHOUSE_RESTORE_DAYS',
    integer(0, 3650).default(30),
    'How many days a deleted package or version can be restored; then its content is purged.',
  ),
  purgeMinutes: setting(
    'PACKHOUSE_PURGE_MINUTES',
    integer(1, 1440).default(60),
    'How often deleted content whose time is up is purged.',
  ),
});
