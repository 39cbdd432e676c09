import { createHash } from 'node:crypto';

/** Media types of the image specification and of Docker's own before it. */
export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  gzipLayer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstdLayer: 'application/vnd.oci.image.layer.v1.tar+zstd',
  foreignLayer: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
  inToto: 'application/vnd.in-toto+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerForeignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
} as const;

/** Bytes with their address. */
export interface Content {
  readonly mediaType: string;
  /** `sha256:<hex>`. */
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Readonly<Record<string, unknown>>;
  readonly artifactType?: string;
  readonly urls?: readonly string[];
  readonly data?: string;
}

/** The address of bytes. */
export function digestOf(bytes: Buffer, algorithm: 'sha256' | 'sha512' = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

export function makeContent(bytes: Buffer | string, mediaType = 'application/octet-stream'): Content {
  const buffer = Buffer.from(bytes);
  return { mediaType, digest: digestOf(buffer), bytes: buffer };
}

/** The document as bytes with an address. */
export function makeDocument(document: object, mediaType: string): Content {
  return makeContent(JSON.stringify(document), mediaType);
}

export function describeContent(
  { mediaType, digest, bytes }: Content,
  more: Partial<Descriptor> = {},
): Descriptor {
  return { mediaType, digest, size: bytes.length, ...more };
}
