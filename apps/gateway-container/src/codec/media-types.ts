/** Media types that this registry stores, and what their documents are. */
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** An image (or any artifact) with a config and layers, or a list of manifests. */
export type ManifestKind = 'image' | 'index';

const kinds: ReadonlyMap<string, ManifestKind> = new Map([
  [OCI_MANIFEST, 'image'],
  [DOCKER_MANIFEST, 'image'],
  [OCI_INDEX, 'index'],
  [DOCKER_LIST, 'index'],
]);

/** What a document of this type is; null: nothing that is stored as a manifest here. */
export function kindOf(mediaType: string): ManifestKind | null {
  return kinds.get(mediaType) ?? null;
}

/** A `Content-Type` without its parameters, or null when there is none. */
export function bareType(contentType: string | undefined): string | null {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return type === '' ? null : type;
}

/** Layers that may not be handed on: registries keep their descriptors only (spec of images, non-distributable layers). */
export function isForeign(mediaType: string): boolean {
  return /\.(?:nondistributable|foreign)\./.test(mediaType);
}

/** The types whose clients know nothing of schema 2: told apart, as their refusal needs another sentence. */
export function isSchema1(mediaType: string): boolean {
  return /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/.test(mediaType);
}
