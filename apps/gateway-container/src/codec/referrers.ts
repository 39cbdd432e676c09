import { artifactTypeOf, type Manifest } from './manifest';
import { OCI_INDEX } from './media-types';

/** Clients read the first page only, and some 4 MiB of it: pages are filled, newest first. */
export const REFERRERS_PAGE_BYTES = 3_500_000;

/** A manifest as the list of referrers shows it: all its annotations with it. */
export function referrerDescriptor(manifest: Manifest, digest: string, size: number): string {
  const artifactType = artifactTypeOf(manifest);
  const hasAnnotations = Object.keys(manifest.annotations).length > 0;
  return JSON.stringify({
    mediaType: manifest.mediaType,
    digest,
    size,
    ...(artifactType !== null && { artifactType }),
    ...(hasAnnotations && { annotations: manifest.annotations }),
  });
}

/** The answer to a question for referrers, from entries that are JSON already. */
export function referrersDocument(entries: readonly string[]): string {
  return `{"schemaVersion":2,"mediaType":"${OCI_INDEX}","manifests":[${entries.join(',')}]}`;
}
