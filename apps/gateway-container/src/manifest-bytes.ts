import { Injectable } from '@nestjs/common';
import { FileReader } from '@packhouse/gateway-kit';
import { LRUCache } from 'lru-cache';

/** Up to here Node sends headers and a text body in one system call, which costs more than all else of a warm read. */
const ONE_WRITE_MAX = 12 * 1024;
const MEMORY = 32_000_000;

/** The bytes of a manifest, ready to be sent. */
export interface ManifestBytes {
  readonly bytes: Buffer;
  /** The same as Latin-1 text, where they are few. */
  readonly text: string | null;
}

/** Manifests in memory, by their content address: whether a caller may see one is decided before. */
@Injectable()
export class ManifestCache {
  private readonly known = new LRUCache<string, ManifestBytes>({
    maxSize: MEMORY,
    sizeCalculation: ({ bytes, text }) => bytes.length + (text?.length ?? 0) + 300,
  });

  constructor(private readonly files: FileReader) {}

  recall(sha256: string): ManifestBytes | null {
    return this.known.get(sha256) ?? null;
  }

  async get(sha256: string): Promise<ManifestBytes> {
    const known = this.known.get(sha256);
    if (known) return known;
    const bytes = await this.files.readAll(sha256);
    const ready = { bytes, text: bytes.length <= ONE_WRITE_MAX ? bytes.toString('latin1') : null };
    this.known.set(sha256, ready);
    return ready;
  }
}
