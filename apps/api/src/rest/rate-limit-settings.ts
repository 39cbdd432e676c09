import { defineSettings, flag, integer, setting } from '@packhouse/config';

/** How much of the management APIs one caller may use. */
export const rateLimitSettings = defineSettings('Rate limits', {
  enabled: setting(
    'PACKHOUSE_RATE_LIMITS',
    flag(true),
    'Limit how often one token or address may call the management APIs. Package managers have limits of their own.',
  ),
  signedIn: setting(
    'PACKHOUSE_RATE_LIMIT_SIGNED_IN',
    integer(1, 1_000_000_000).default(50_000),
    'Calls an hour with one token, or of one account that signs in with its password.',
  ),
  address: setting(
    'PACKHOUSE_RATE_LIMIT_ADDRESS',
    integer(1, 1_000_000_000).default(5000),
    'Calls an hour of one address without a credential, or with a wrong one.',
  ),
  windowSeconds: setting(
    'PACKHOUSE_RATE_LIMIT_SECONDS',
    integer(1, 86_400).default(3600),
    'How long a count lasts. Another length than an hour is for tests.',
  ),
});
