import { byteSize, defineSettings, flag, integer, setting } from '@packhouse/gateway-kit';

/** Limits and switches of this gateway. */
export const npmSettings = defineSettings('npm', {
  maxTarball: setting('PACKHOUSE_NPM_MAX_TARBALL', byteSize().default(256_000_000), 'Largest tarball.'),
  maxUnpacked: setting(
    'PACKHOUSE_NPM_MAX_UNPACKED',
    byteSize().default(2_000_000_000),
    'Largest unpacked size of a tarball.',
  ),
  maxFiles: setting(
    'PACKHOUSE_NPM_MAX_FILES',
    integer(1, 10_000_000).default(200_000),
    'Most files in a tarball.',
  ),
  anonymousReads: setting(
    'PACKHOUSE_NPM_ANONYMOUS_READS',
    flag(true),
    'Whether public packages can be read without signing in.',
  ),
});
