import { Inject, Injectable } from '@nestjs/common';
import { BLOB_STORE, type BlobStore } from '@packhouse/blob-store';
import { Settings } from '@packhouse/config';
import type { FileRecord } from '@packhouse/contracts';

/** Up to this size the bytes cost less than sending the client elsewhere for them. */
const WORTH_IT_BYTES = 256 * 1024;

/** Who sends a file in our place. */
export type HandedOff =
  /** The client fetches it from there. */
  | { readonly to: 'storage'; readonly url: string }
  /** The web server before us sends it. */
  | { readonly to: 'server'; readonly path: string };

/** Decides whether somebody nearer to the bytes sends a file, as the settings of delivery say. */
@Injectable()
export class HandOff {
  private readonly redirected: ReadonlySet<string>;
  private readonly seconds: number;
  private readonly prefix: string | undefined;

  constructor(
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    @Inject(Settings) settings: Settings,
  ) {
    const { redirectFormats, redirectSeconds, accelPrefix } = settings.values.delivery;
    this.redirected = new Set(redirectFormats);
    this.seconds = redirectSeconds;
    this.prefix = accelPrefix;
  }

  /** Null: we send it ourselves. The right to read was asked for before: a URL of the storage outlives it for its time. */
  async find(format: string, { size, digests, contentType }: FileRecord): Promise<HandedOff | null> {
    if (size <= WORTH_IT_BYTES) return null;
    const { sha256 } = digests;
    if (this.prefix !== undefined) {
      const path = this.store.pathOf(sha256);
      if (path !== null) return { to: 'server', path: this.prefix + path };
    }
    if (!this.redirected.has('all') && !this.redirected.has(format)) return null;
    const url = await this.store.presign(sha256, { method: 'GET', seconds: this.seconds, contentType });
    return url === null ? null : { to: 'storage', url };
  }
}
