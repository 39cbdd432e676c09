import { Inject, Injectable } from '@nestjs/common';
import { BLOB_STORE, type BlobStore } from '@packhouse/blob-store';

/** Reads small files whole, for gateways that look into what they have stored. */
@Injectable()
export class FileReader {
  constructor(@Inject(BLOB_STORE) private readonly store: BlobStore) {}

  /** `sha256` in lower-case hex, of a file that the caller has found in a package. Rejects `not_found`. */
  readAll(sha256: string): Promise<Buffer> {
    return this.store.readAll(sha256);
  }
}
