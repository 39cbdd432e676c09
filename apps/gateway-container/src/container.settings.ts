import { byteSize, defineSettings, flag, integer, setting } from '@packhouse/gateway-kit';

/** Limits and switches of both registries of images. */
export const containerSettings = defineSettings('Container images', {
  maxLayer: setting(
    'PACKHOUSE_CONTAINER_MAX_LAYER',
    byteSize().default(10_000_000_000),
    'Largest layer of an image, and largest blob of any kind.',
  ),
  maxUploads: setting(
    'PACKHOUSE_CONTAINER_MAX_UPLOADS',
    integer(1, 100_000).default(1000),
    'Most uploads that an account may have open to one image.',
  ),
  sparseIndexes: setting(
    'PACKHOUSE_CONTAINER_SPARSE_INDEXES',
    flag(false),
    'Whether an index may list images that are not here: for mirrors of some platforms of an image.',
  ),
});
