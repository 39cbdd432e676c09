import type { BlobStore, ResumableUpload, StagedBlob } from '@packhouse/blob-store';
import type { BlobsClient, UploadSession } from '@packhouse/contracts';
import { DomainError, isDomainError, SECOND, type DigestAlgorithm } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import type { UploadQuota } from '../storage-quota';

/** A claim lasts 15 seconds; it is prolonged while the request is open. */
const PROLONG_EVERY_MS = 4 * SECOND;

interface Ports {
  readonly blobs: BlobsClient;
  readonly store: BlobStore;
  readonly logger: Logger;
  readonly quota: UploadQuota;
}

/** One request's turn at an upload session: it alone may write. */
export class OpenedUpload {
  private staged: StagedBlob | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly ports: Ports,
    private session: UploadSession,
    private readonly claim: string,
    private readonly bytes: ResumableUpload,
  ) {
    this.timer = setInterval(() => void this.prolong(), PROLONG_EVERY_MS).unref();
  }

  /** Bytes so far; at first, those that are durable. */
  get received(): number {
    return this.bytes.received;
  }

  /** Makes sure of room for so many bytes more before they are read. Rejects `quota_exceeded`: then `refuse` follows. */
  async expect(bytes: number): Promise<void> {
    if (bytes > 0) await this.ports.quota.expect(this.received + bytes);
  }

  /** Takes a chunk; resolves when more may be sent. Rejects `payload_too_large`, and `quota_exceeded` as `expect` does. */
  write(chunk: Uint8Array): Promise<void> {
    const room = this.ports.quota.grow(this.received + chunk.length);
    return room ? room.then(() => this.bytes.write(chunk)) : this.bytes.write(chunk);
  }

  /** Keeps what came for a later request: durable and on record when it resolves. Rejects `not_found` when the session was ended. */
  async pause(): Promise<UploadSession> {
    clearInterval(this.timer);
    const { received, state } = await this.bytes.pause().catch((error: unknown) => this.giveUp(error));
    // Before another request may go on, and reserve for itself.
    await this.ports.quota.shrink(received);
    const { upload } = await this.advance(received, state, true);
    if (upload) return upload;
    if (!(await this.isThere())) await this.ports.quota.release();
    await this.ports.store.dropUpload(state);
    throw new DomainError('not_found', 'This upload was ended by another request: start it again.');
  }

  /** Ends what comes and gives its digests. `keep` or `refuse` follows. */
  async finish(also: readonly DigestAlgorithm[] = []): Promise<StagedBlob> {
    this.staged = await this.bytes.finish(also).catch((error: unknown) => this.giveUp(error));
    return this.staged;
  }

  /**
   * After `finish`: gives the content its address and lets the place of the session hold it; the session is over. The ledger knows
   * of the content before it has its address, and says that it is there only afterwards. Rejects `quota_exceeded` where it does
   * not fit: then nothing is kept.
   */
  async keep(): Promise<void> {
    const { blobs, store } = this.ports;
    const staged = this.finished();
    const { id, place, accountId } = this.session;
    try {
      const { size, digests } = staged;
      await this.ports.quota.settle([{ size, digests }]);
      await blobs.holdBlobs({ place, blobs: [{ size, digests }], stored: false });
      await store.promote(staged);
      await blobs.closeUpload({ id, place, accountId, claim: null, stored: digests.sha256 });
    } catch (error) {
      if (isDomainError(error, 'quota_exceeded')) await this.refuse(error);
      // What a state speaks of is still there: the request may be repeated.
      await this.giveUp(error);
    }
    clearInterval(this.timer);
  }

  /**
   * Ends the session and frees what it stored, after `finish` or before; rejects with `reason`. Where that fails, the client hears
   * why its upload was refused all the same, and the session runs out by itself.
   */
  async refuse(reason: DomainError): Promise<never> {
    await this.drop().catch((error: unknown) =>
      this.ports.logger.warn({ upload: this.session.id, error }, 'A refused upload was not ended'),
    );
    throw reason;
  }

  /** Lets go of what came in this turn; the session is as it was. Not after `finish`. Does not reject. */
  async abort(): Promise<void> {
    await this.bytes.abort().catch(() => undefined);
    await this.release();
  }

  private async drop(): Promise<void> {
    clearInterval(this.timer);
    const { id, place, accountId, state } = this.session;
    let isEnded = false;
    try {
      const { upload } = await this.ports.blobs.closeUpload({
        ...{ id, place, accountId, claim: this.claim, stored: null },
      });
      // Otherwise what was reserved, and what the state speaks of, is that of whoever has the session.
      isEnded = upload !== null;
      if (isEnded) await this.ports.quota.release();
    } finally {
      await this.free(isEnded ? state : null);
    }
  }

  private async free(state: string | null): Promise<void> {
    if (this.staged) return this.ports.store.discard(this.staged);
    await this.bytes.abort();
    if (state !== null) await this.ports.store.dropUpload(state);
  }

  private isThere(): Promise<boolean> {
    const { id, place, accountId } = this.session;
    return this.ports.blobs.findUpload({ id, place, accountId }).then(
      ({ upload }) => upload !== null,
      () => true,
    );
  }

  private finished(): StagedBlob {
    if (!this.staged) throw new Error('An upload is kept after it was finished');
    return this.staged;
  }

  private async giveUp(error: unknown): Promise<never> {
    await this.release();
    throw error;
  }

  private async release(): Promise<void> {
    clearInterval(this.timer);
    const { received, state } = this.session;
    await this.ports.quota.shrink(received);
    // Lost: the claim runs out by itself.
    await this.advance(received, state, true).catch(() => undefined);
  }

  private async prolong(): Promise<void> {
    const { received, state } = this.session;
    await this.advance(received, state, false).catch((error: unknown) =>
      this.ports.logger.warn({ upload: this.session.id, error }, 'The claim on an upload was not prolonged'),
    );
  }

  private advance(
    received: number,
    state: string | null,
    release: boolean,
  ): ReturnType<BlobsClient['advanceUpload']> {
    const { id } = this.session;
    return this.ports.blobs.advanceUpload({ id, claim: this.claim, received, state, release });
  }
}
