import type { MetadataClient, VersionRecord } from '@packhouse/contracts';

/** Walks the versions of a package as they are found; what changes meanwhile may be missed or seen. */
export async function* eachVersion(
  metadata: MetadataClient,
  packageId: string,
  fragmentKind: string | null,
): AsyncGenerator<VersionRecord> {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<MetadataClient['listVersions']>> = await metadata.listVersions({
      packageId,
      fragmentKind,
      cursor,
    });
    yield* page.items;
    cursor = page.next;
  } while (cursor !== null);
}
