import type { RegistryProduct } from './product';

/** The path of a product's `/v2`, which its clients see at the root of a host name. */
export function apiRootOf({ mount }: Pick<RegistryProduct, 'mount'>): string {
  return mount.endsWith('/v2') ? mount : `${mount}/v2`;
}

/**
 * The path as the client sent it, of one below {@link apiRootOf}: `Location` and `Link` are relative to the host name that it
 * came by, and every client puts `/v2/` at its root.
 */
export const CLIENT_ROOT = '/v2';
