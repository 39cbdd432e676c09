import { Injectable } from '@nestjs/common';
import {
  blobsContract,
  metadataContract,
  type BlobRef,
  type BlobsClient,
  type FileRecord,
  type MetadataClient,
  type PackageFacts,
} from '@packhouse/contracts';
import { InjectClient, RevisionCache } from '@packhouse/gateway-kit';
import { LRUCache } from 'lru-cache';
import type { Reference } from './codec/reference';

/** A manifest of a live version: its file bears the version's name, which is its SHA-256. */
export interface StoredManifest {
  readonly versionId: string;
  /** Canonical: `sha256:…`. */
  readonly digest: string;
  /** As answers call it: as it was asked for, or as it was pushed to the tag. */
  readonly shownDigest: string;
  readonly file: FileRecord;
}

/** Digests that one question may have. */
const BATCH = 1000;
/** Shorter than the minute in which a holding that was touched is not touched again. */
const LEASE_MS = 50_000;

/** Where content may be used; the text of the ledger. */
export function placeOf(format: string, ownerId: string, nameKey: string): string {
  return `${format}:${ownerId}:${nameKey}`;
}

/**
 * What there is in one package: manifests by tag and digest, and blobs that its live versions have or that its place
 * holds. Nothing is ever looked for anywhere else. What rests on the package is kept by its revision, so it never goes
 * stale; what rests on holdings is asked for each time.
 */
@Injectable()
export class StoredContent {
  private readonly manifests = new RevisionCache<StoredManifest>(10_000);
  private readonly files = new RevisionCache<FileRecord>(20_000);
  private readonly leases = new LRUCache<string, true>({
    maxSize: 50_000,
    sizeCalculation: () => 1,
    ttl: LEASE_MS,
  });

  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @InjectClient(blobsContract) private readonly blobs: BlobsClient,
  ) {}

  /** A manifest that is in memory. */
  recallManifest(facts: PackageFacts, reference: Reference): StoredManifest | null {
    return this.manifests.get(facts, nameOf(reference)) ?? null;
  }

  async findManifest(facts: PackageFacts, reference: Reference): Promise<StoredManifest | null> {
    const name = nameOf(reference);
    const known = this.manifests.get(facts, name);
    if (known) return known;
    const found = await this.findDigests(facts.id, reference);
    if (!found) return null;
    const { file } = await this.metadata.findFile({ packageId: facts.id, name: found.canonical });
    // Every file of an image has its manifest's digest in its name; the manifest's name is that alone.
    if (!file || file.version !== found.canonical) return null;
    const { versionId, version, ...record } = file;
    const manifest = { versionId, digest: version, shownDigest: found.shown, file: record };
    this.manifests.set(facts, name, manifest);
    return manifest;
  }

  private async findDigests(
    packageId: string,
    reference: Reference,
  ): Promise<{ readonly canonical: string; readonly shown: string } | null> {
    if (reference.kind === 'tag') {
      const { version } = await this.metadata.findTagged({ packageId, tag: reference.tag });
      return version && { canonical: version.version, shown: version.digest ?? version.version };
    }
    const { algorithm, text } = reference.digest;
    if (algorithm === 'sha256') return { canonical: text, shown: text };
    const { files } = await this.metadata.findContent({ packageId, digests: [text] });
    const [found] = files;
    return found ? { canonical: `sha256:${found.file.digests.sha256}`, shown: text } : null;
  }

  /** A blob of a live version, from memory; null also when it has to be asked for. */
  recallFile(facts: PackageFacts, digest: string): FileRecord | null {
    return this.files.get(facts, digest) ?? null;
  }

  /** Whether whoever is told now that the content is there can rely on it, without anything being written. */
  isLeased(place: string, digest: string): boolean {
    return this.leases.has(`${place} ${digest}`);
  }

  /**
   * A blob that may be read in a place. With `lease` it stays for whom is told of it, whatever becomes of the versions that
   * have it: clients that push rely on the answer for as long as their push takes.
   */
  async findBlob(
    facts: PackageFacts | null,
    place: string,
    digest: string,
    lease: boolean,
  ): Promise<FileRecord | null> {
    const file = facts && (await this.findFile(facts, digest));
    if (file) {
      if (lease) await this.lease(place, digest);
      return file;
    }
    const { blobs } = await this.blobs.findHeld({ place, digests: [digest], touch: lease });
    const [blob] = blobs;
    return blob ? { name: digest, contentType: OCTETS, ...blob } : null;
  }

  /** A blob of a live version. */
  async findFile(facts: PackageFacts, digest: string): Promise<FileRecord | null> {
    const known = this.recallFile(facts, digest);
    if (known) return known;
    const { files } = await this.metadata.findContent({ packageId: facts.id, digests: [digest] });
    const [found] = files;
    if (!found) return null;
    this.files.set(facts, digest, found.file);
    return found.file;
  }

  private async lease(place: string, digest: string): Promise<void> {
    if (this.isLeased(place, digest)) return;
    await this.blobs.mountBlobs({ place, from: null, digests: [digest] });
    this.leases.set(`${place} ${digest}`, true);
  }

  /** Those of many blobs that may be used in a place, by their digests as asked for. They stay for the time of a push. */
  async findAll(
    facts: PackageFacts | null,
    place: string,
    digests: readonly string[],
  ): Promise<ReadonlyMap<string, BlobRef>> {
    const found = new Map<string, BlobRef>();
    for (const batch of batches(digests)) {
      const [{ blobs }, files] = await Promise.all([
        this.blobs.findHeld({ place, digests: batch, touch: true }),
        facts ? this.findPublished(facts, batch) : [],
      ]);
      for (const [digest, blob] of files) found.set(digest, blob);
      for (const blob of blobs) for (const digest of textsOf(blob)) found.set(digest, blob);
    }
    return found;
  }

  /** Those of many digests of which live versions have the content, manifests among it. */
  async findPublished(facts: PackageFacts, digests: readonly string[]): Promise<Map<string, BlobRef>> {
    const found = new Map<string, BlobRef>();
    for (const batch of batches(digests)) {
      const { files } = await this.metadata.findContent({ packageId: facts.id, digests: batch });
      for (const { digest, file } of files) found.set(digest, { size: file.size, digests: file.digests });
    }
    return found;
  }
}

export const OCTETS = 'application/octet-stream';

/** What content is called, by each algorithm. */
export function textsOf({ digests }: Pick<BlobRef, 'digests'>): string[] {
  return [`sha256:${digests.sha256}`, ...(digests.sha512 === undefined ? [] : [`sha512:${digests.sha512}`])];
}

function* batches(digests: readonly string[]): Generator<string[]> {
  for (let start = 0; start < digests.length; start += BATCH) yield digests.slice(start, start + BATCH);
}

/** A tag never has the colon of a digest. */
function nameOf(reference: Reference): string {
  return reference.kind === 'tag' ? reference.tag : reference.digest.text;
}
