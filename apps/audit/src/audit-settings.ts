import { defineSettings, integer, setting } from '@packhouse/config';

/** Settings of the audit log. */
export const auditSettings = defineSettings('Audit log', {
  keptDays: setting(
    'PACKHOUSE_AUDIT_DAYS',
    integer(0, 36_500).default(400),
    'How long entries of the audit log are kept; 0 keeps them for ever. The last day always stays.',
  ),
  readsKeptDays: setting(
    'PACKHOUSE_AUDIT_READ_DAYS',
    integer(0, 36_500).default(90),
    'How long entries about reads are kept, where reads are recorded; 0 keeps them as long as all others.',
  ),
});
