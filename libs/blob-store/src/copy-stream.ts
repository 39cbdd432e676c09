import { addAbortSignal, type Readable } from 'node:stream';
import type { TakePiece } from './blob-store';

interface CopyOptions {
  /** Ends the wait for a piece; the copy rejects with its reason. */
  readonly signal: AbortSignal | undefined;
  /** Makes of a failure of the stream what the copy rejects with. */
  readonly fail: (error: unknown) => Error;
}

/** Gives a stream to `take`, a piece after the other, and destroys it at the end, whatever that is. */
export async function copyStream(
  stream: Readable,
  take: TakePiece,
  { signal, fail }: CopyOptions,
): Promise<void> {
  if (signal) addAbortSignal(signal, stream);
  const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const next = (): Promise<IteratorResult<Buffer, undefined>> =>
    pieces.next().catch((error: unknown) => {
      throw signal?.aborted ? signal.reason : fail(error);
    });
  try {
    for (let piece = await next(); !piece.done; piece = await next()) await take(piece.value);
  } finally {
    await pieces.return?.();
  }
}
