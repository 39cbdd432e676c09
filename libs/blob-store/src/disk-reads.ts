import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { KB, MB } from '@packhouse/kernel';
import type { ByteRange, TakePiece } from './blob-store';
import { rangeWithin, within } from './byte-range';
import { SMALL_BLOB_BYTES, SmallBlobCache } from './small-blob-cache';

/** Bytes per read, and the smaller amount once many clients (each with two pieces) are served at once. */
const PIECE_BYTES = MB;
const CROWDED_PIECE_BYTES = 128 * KB;
const CROWD = 64;

/** Pieces that nobody uses, kept for the next reader: a few, as most readers are alone. */
const MOST_SPARE = 8;

/** Runs work on the disk and makes its failures those of a blob store. */
type Guard = <T>(work: () => Promise<T>, sha256: string) => Promise<T>;

interface StoredFile {
  readonly sha256: string;
  readonly path: string;
}

/** Reads content from files: small content from memory, large content through memory that is used again and again. */
export class DiskReads {
  private readonly cache: SmallBlobCache;
  private readonly spare: Buffer[] = [];
  private readers = 0;

  constructor(
    private readonly guard: Guard,
    cacheBytes?: number,
  ) {
    this.cache = new SmallBlobCache(cacheBytes);
  }

  forget(sha256: string): void {
    this.cache.drop(sha256);
  }

  async readAll({ sha256, path }: StoredFile): Promise<Buffer> {
    const cached = this.cache.find(sha256);
    if (cached) return cached;
    const content = await this.guard(async () => {
      const file = await openFile(path);
      return file.readFile().finally(() => file.close());
    }, sha256);
    this.cache.keep(sha256, content);
    return content;
  }

  /** See `BlobStore.copyTo`. */
  async copyTo(stored: StoredFile, range: ByteRange | undefined, take: TakePiece): Promise<void> {
    const { sha256, path } = stored;
    const cached = this.cache.find(sha256);
    if (cached) return take(within(cached, range));
    const file = await this.guard(() => openFile(path), sha256);
    try {
      const { size } = await this.guard(() => file.stat(), sha256);
      const wanted = rangeWithin(range, size);
      if (size > SMALL_BLOB_BYTES) return await this.copyFile(file, sha256, wanted, take);
      const content = await this.guard(() => file.readFile(), sha256);
      this.cache.keep(sha256, content);
      await take(within(content, range));
    } finally {
      await file.close();
    }
  }

  private async copyFile(file: FileHandle, sha256: string, range: ByteRange, take: TakePiece): Promise<void> {
    this.readers += 1;
    const bytes = this.readers > CROWD ? CROWDED_PIECE_BYTES : PIECE_BYTES;
    const pieces = [this.allocate(bytes), this.allocate(bytes)] as const;
    const read = (piece: Buffer, at: number): Promise<Buffer> =>
      this.guard(() => fill(file, piece, at, range.end), sha256);
    try {
      await copyPieces(read, range, pieces, take);
    } finally {
      this.readers -= 1;
    }
    // Not after a failure: the kernel may still be sending a piece to a client that is gone.
    if (bytes === PIECE_BYTES && this.spare.length < MOST_SPARE) this.spare.push(...pieces);
  }

  private allocate(bytes: number): Buffer {
    return (bytes === PIECE_BYTES && this.spare.pop()) || Buffer.allocUnsafeSlow(bytes);
  }
}

/** Reads into one piece while the other one is taken. */
async function copyPieces(
  read: (piece: Buffer, at: number) => Promise<Buffer>,
  { start, end }: ByteRange,
  pieces: readonly [Buffer, Buffer],
  take: TakePiece,
): Promise<void> {
  let taken = Promise.resolve();
  let at = start;
  for (let turn: 0 | 1 = 0; at <= end; turn = turn === 0 ? 1 : 0) {
    const part = await read(pieces[turn], at);
    at += part.length;
    // Then nothing is read into a piece before it was taken.
    await taken;
    taken = take(part);
    // Met at the next turn; until then it is nobody's.
    taken.catch(() => undefined);
  }
  await taken;
}

/** The part of `piece` that was filled from the file, never empty. */
async function fill(file: FileHandle, piece: Buffer, at: number, end: number): Promise<Buffer> {
  const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, end + 1 - at), at);
  if (bytesRead === 0) throw new Error(`A stored file ended ${end + 1 - at} bytes too early`);
  return piece.subarray(0, bytesRead);
}

/** Links are never followed: content is a file. */
function openFile(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
}
