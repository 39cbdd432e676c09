import { MultiDigest, type DigestAlgorithm, type DomainError } from '@packhouse/kernel';
import type { StagedBlob } from './blob-store';
import { FillBuffer } from './fill-buffer';
import { endedAlready, uploadTooLarge } from './upload-faults';

/** What is asked of every upload, wherever it goes. */
export interface UploadTerms {
  readonly uploadId: string;
  readonly algorithms: readonly DigestAlgorithm[];
  readonly maxBytes: number;
  /** Size of a piece, counted from 0; two pieces are one upload's memory. */
  readonly pieceBytes: (piece: number) => number;
  readonly before?: ReceivedBefore;
}

/** Of an upload that goes on. */
export interface ReceivedBefore {
  readonly received: number;
  /** Of what was received; null: it is not known here. */
  readonly digest: MultiDigest | null;
  /** Pieces that were sent, and what is left of the next one. */
  readonly pieces?: number;
  readonly rest?: Uint8Array;
}

/**
 * Receives one upload in pieces: while one buffer is on its way to the sink, the next one fills. The sink is made when
 * content turns out to be larger than a buffer; `finish` of the implementation takes care of the last piece.
 */
export abstract class BufferedUpload<Sink> {
  protected sink: Sink | null = null;
  protected ended = false;
  /** Null when bytes came that did not pass here: then the content is read again at the end. */
  protected readonly digest: MultiDigest | null;
  private readonly buffers: readonly [FillBuffer, FillBuffer];
  private current = 0;
  /** How many were sent on their way. */
  private pieces: number;
  private size: number;
  private inFlight: Promise<void> | null = null;
  private failure: DomainError | null = null;

  protected constructor(private readonly terms: UploadTerms) {
    const { algorithms, pieceBytes, before } = terms;
    this.digest = before ? before.digest : new MultiDigest(algorithms);
    this.size = before?.received ?? 0;
    this.pieces = before?.pieces ?? 0;
    this.buffers = [new FillBuffer(pieceBytes(this.pieces)), new FillBuffer(pieceBytes(this.pieces + 1))];
    if (before?.rest) this.buffers[0].take(before.rest);
  }

  protected abstract openSink(): Promise<Sink>;
  protected abstract send(sink: Sink, content: Buffer): Promise<void>;
  /** Leaves nothing behind of what was sent. Does not reject. */
  protected abstract discard(sink: Sink | null): Promise<void>;
  /** The failure as callers are told it. */
  protected abstract explain(error: unknown): DomainError;

  async write(chunk: Uint8Array): Promise<void> {
    this.checkOpen();
    const { maxBytes } = this.terms;
    if (this.size + chunk.length > maxBytes) throw await this.fail(uploadTooLarge(maxBytes));
    this.size += chunk.length;
    this.digest?.update(chunk);
    let rest = chunk;
    while (rest.length > 0) {
      // Only when more is to come: content of exactly one buffer needs no sink, and none ends with an empty piece.
      if (this.buffers[this.current]!.full) await this.flush();
      rest = rest.subarray(this.buffers[this.current]!.take(rest));
    }
  }

  async abort(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.drop();
  }

  /** What has come since the last piece was sent. */
  protected lastPiece(): Buffer {
    return this.buffers[this.current]!.content();
  }

  protected staged(digest: MultiDigest): StagedBlob {
    return { uploadId: this.terms.uploadId, size: this.size, digests: digest.finish() };
  }

  get received(): number {
    return this.size;
  }

  protected checkOpen(): void {
    if (this.failure) throw this.failure;
    if (this.ended) throw endedAlready();
  }

  /** Waits for the piece that is on its way; rejects with its failure. */
  protected async settle(): Promise<void> {
    const pending = this.inFlight;
    this.inFlight = null;
    await pending;
  }

  /** Remembers why the upload cannot go on and leaves nothing of it behind. */
  protected async fail(error: unknown): Promise<DomainError> {
    this.failure = this.explain(error);
    await this.drop();
    return this.failure;
  }

  /** Sends the full buffer on its way and turns to the other one, which is free once the piece before it is sent. */
  private async flush(): Promise<void> {
    try {
      await this.settle();
      this.sink ??= await this.openSink();
    } catch (error) {
      throw await this.fail(error);
    }
    if (this.ended) {
      // Aborted while it waited: the sink that was just made must go too.
      await this.drop();
      throw endedAlready();
    }
    const full = this.buffers[this.current]!;
    this.current = 1 - this.current;
    const next = this.pieces + 2;
    this.pieces += 1;
    this.inFlight = this.send(this.sink, full.content()).then(() => full.clear(this.terms.pieceBytes(next)));
    // Its failure is met by the next settle; until then nobody listens.
    this.inFlight.catch(() => undefined);
  }

  private async drop(): Promise<void> {
    await this.settle().catch(() => undefined);
    const { sink } = this;
    this.sink = null;
    await this.discard(sink);
  }
}
