import { defineSettings, integer, setting } from '@packhouse/config';

/** Settings of storage limits. */
export const billingSettings = defineSettings('Storage limits', {
  reservationHours: setting(
    'PACKHOUSE_STORAGE_RESERVATION_HOURS',
    integer(1, 8760).default(24),
    'How long content that was uploaded counts for the storage limit of its owner without being part of a published version. As PACKHOUSE_HOLDING_HOURS.',
  ),
});
