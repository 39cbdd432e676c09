import { createGunzip, type Gunzip } from 'node:zlib';
import { formatBytes, GB, MB } from '@packhouse/kernel';
import { extract, type Extract, type ExtractEvents, type Header } from 'tar-stream';
import { readTarEntry, tarballFault } from './tar-entry';
import { TarballContents, type TarballFacts } from './tarball-contents';

type EntryStream = ExtractEvents['entry'][1];

export interface TarballLimits {
  readonly maxEntries: number;
  /** Inflated bytes, headers and padding included. */
  readonly maxInflatedBytes: number;
  /** Inflated bytes per compressed byte, looked at once the tarball is beyond `ratioFreeBytes`. */
  readonly maxRatio: number;
  readonly ratioFreeBytes: number;
}

export const defaultTarballLimits: TarballLimits = {
  maxEntries: 100_000,
  maxInflatedBytes: 2 * GB,
  maxRatio: 250,
  ratioFreeBytes: 64 * MB,
};

/** Extended headers hold a long path, and nothing else that an installer would use. */
const maxHeaderBytes = 64 * 1024;
const blockBytes = 512;

/**
 * Looks into a tarball while its bytes pass: inflates and walks it without ever unpacking or keeping it. The first
 * breach of a rule fails the pending and every later call with `invalid_package` and lets go of everything.
 * Await each `write` before the next; end with `finish` or `abort`.
 *
 * One gzip member only: installers disagree on what follows the first, so what one of them would not see is refused.
 */
export class TarballScanner {
  private readonly gunzip: Gunzip = createGunzip({ chunkSize: 64 * 1024 });
  private readonly tar: Extract = extract();
  private readonly contents = new TarballContents();
  private failure: Error | null = null;
  private done = false;
  private settle: ((error: Error | null) => void) | null = null;
  private entries = 0;
  private compressed = 0;
  private inflated = 0;
  private nextHeaderAt = 0;
  private tail = Buffer.alloc(0);

  constructor(private readonly limits: TarballLimits = defaultTarballLimits) {
    this.gunzip.on('data', (bytes: Buffer) => this.take(bytes));
    this.gunzip.on('error', (error: NodeJS.ErrnoException) =>
      this.fail(tarballFault(describeInflateError(error))),
    );
    this.gunzip.on('end', () => this.tar.end(null));
    this.tar.on('drain', () => this.gunzip.resume());
    this.tar.on('entry', (header, stream, next) => this.visit(header, stream, () => next()));
    this.tar.on('error', () =>
      this.fail(tarballFault('is damaged: it ends in the middle of a file or has an invalid header')),
    );
    this.tar.on('finish', () => {
      this.done = true;
      this.settle?.(null);
    });
  }

  /** Takes the next bytes; resolves when they were looked at. */
  async write(chunk: Buffer): Promise<void> {
    if (chunk.length === 0) return;
    this.compressed += chunk.length;
    this.tail = Buffer.from(
      chunk.length >= 4 ? chunk.subarray(-4) : Buffer.concat([this.tail, chunk]).subarray(-4),
    );
    if (this.gunzip.readableEnded) this.fail(trailingBytes());
    await this.wait((resolve) => this.gunzip.write(chunk, () => resolve(null)));
  }

  /** Gives the facts once all bytes were written. */
  async finish(): Promise<TarballFacts> {
    await this.wait((resolve) => {
      if (this.done) resolve(null);
      else this.gunzip.end();
    });
    // The size at the end is that of the last member: it equals what came out only if there was no other.
    if (this.tail.length < 4 || this.tail.readUInt32LE(0) !== this.inflated % 2 ** 32) throw trailingBytes();
    return this.contents.finish();
  }

  /** Lets go of everything; calls in progress are rejected. Safe at any time. */
  abort(): void {
    this.fail(new Error('The scan was given up.'));
  }

  /** Runs a step that ends by itself or by the scan's failure, whichever comes first. */
  private async wait(step: (resolve: (error: Error | null) => void) => void): Promise<void> {
    if (this.failure === null) {
      await new Promise<void>((resolve) => {
        this.settle = () => resolve();
        step(this.settle);
      });
      this.settle = null;
    }
    if (this.failure !== null) throw this.failure;
  }

  private fail(error: Error): void {
    if (this.failure !== null) return;
    this.failure = error;
    this.gunzip.destroy();
    this.tar.destroy();
    this.settle?.(error);
  }

  private take(bytes: Buffer): void {
    this.inflated += bytes.length;
    const { maxInflatedBytes, maxRatio, ratioFreeBytes } = this.limits;
    if (this.inflated > maxInflatedBytes) {
      this.fail(tarballFault(`unpacks to more than ${formatBytes(maxInflatedBytes)}`));
    } else if (this.inflated > ratioFreeBytes && this.inflated > this.compressed * maxRatio) {
      this.fail(tarballFault(`unpacks to more than ${maxRatio} times its size`));
    } else if (!this.tar.write(bytes)) {
      this.gunzip.pause();
    }
  }

  private visit(header: Header, stream: EntryStream, next: () => void): void {
    stream.on('error', () => undefined);
    try {
      const wanted = this.admit(header);
      stream.on('data', (bytes) => wanted?.(bytes as Buffer));
      stream.on('end', next);
    } catch (error) {
      this.fail(error as Error);
    }
    stream.resume();
  }

  private admit(header: Header): ((bytes: Buffer) => void) | null {
    this.entries += 1;
    if (this.entries > this.limits.maxEntries)
      throw tarballFault(`holds more than ${this.limits.maxEntries} entries`);
    this.checkExtendedHeaders(header);
    return this.contents.add(readTarEntry(header), header.size);
  }

  /**
   * The extractor bounds each extended header by 4 MB, which is far more than a path needs. It does not apply global
   * headers to entries without a header of their own, and installers do: those may only carry a comment.
   */
  private checkExtendedHeaders(header: Header): void {
    const { byteOffset } = header as Header & { byteOffset: number };
    if (byteOffset - this.nextHeaderAt > blockBytes + maxHeaderBytes) {
      throw tarballFault(`holds an extended header above ${formatBytes(maxHeaderBytes)}`);
    }
    const size = header.size;
    this.nextHeaderAt = byteOffset + Math.ceil(size / blockBytes) * blockBytes;
    const { _paxGlobal: global } = this.tar as Extract & { _paxGlobal?: object | null };
    if (Object.keys(global ?? {}).some((key) => key !== 'comment')) {
      throw tarballFault('holds a global header that changes all entries');
    }
  }
}

function describeInflateError(error: NodeJS.ErrnoException): string {
  if (error.code === 'Z_BUF_ERROR') return 'is cut off: its gzip stream has no end';
  return 'is not a valid gzip file';
}

function trailingBytes(): Error {
  return tarballFault('has bytes after the end of its gzip stream');
}
