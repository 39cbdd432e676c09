import { defineSettings, integer, setting } from '@packhouse/gateway-kit';

/** Of the tokens that registries with a token service of their own issue. */
export const tokenSettings = defineSettings('Registry tokens', {
  tokenSeconds: setting(
    'PACKHOUSE_REGISTRY_TOKEN_SECONDS',
    integer(60, 3600).default(300),
    'How long a token of a registry lives (seconds); what it may do is asked again for every request.',
  ),
  keyDays: setting(
    'PACKHOUSE_REGISTRY_TOKEN_KEY_DAYS',
    integer(1, 3650).default(30),
    'How long a key signs tokens of registries before the next one does (days).',
  ),
});
