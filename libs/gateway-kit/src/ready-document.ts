import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { ContentCoding } from '@packhouse/http';

const gzipAsync = promisify(gzip);
const brotliAsync = promisify(brotliCompress);

/** Up to here Node sends headers and a text body in one system call, which costs more than all else of a warm read. */
const ONE_WRITE_MAX = 12 * 1024;

/** The bytes of a document in one coding. */
export interface DocumentBody {
  readonly bytes: Buffer;
  /** The same bytes as Latin-1 text, for a body small enough to leave together with its headers. */
  readonly text: string | null;
}

/** A rendered document, with its compressed forms as they are asked for. */
export class ReadyDocument {
  private readonly coded = new Map<ContentCoding, DocumentBody | Promise<DocumentBody>>();

  constructor(
    private readonly identity: Buffer,
    private readonly onGrowth: () => void,
  ) {
    this.coded.set('identity', bodyOf(identity));
  }

  /** Bytes kept so far, in every form. */
  get size(): number {
    let size = 512;
    for (const body of this.coded.values()) {
      if ('bytes' in body) size += body.bytes.length + (body.text?.length ?? 0);
    }
    return size;
  }

  /** The body in a coding: at once when it is ready. */
  body(coding: ContentCoding): DocumentBody | Promise<DocumentBody> {
    return this.coded.get(coding) ?? this.compress(coding);
  }

  private async compress(coding: ContentCoding): Promise<DocumentBody> {
    const work = this.start(coding).then(bodyOf);
    this.coded.set(coding, work);
    try {
      const body = await work;
      this.coded.set(coding, body);
      this.onGrowth();
      return body;
    } catch (error) {
      this.coded.delete(coding);
      throw error;
    }
  }

  private start(coding: ContentCoding): Promise<Buffer> {
    if (coding !== 'br') return gzipAsync(this.identity, { level: 6 });
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: 5,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: this.identity.length,
    };
    return brotliAsync(this.identity, { params });
  }
}

function bodyOf(bytes: Buffer): DocumentBody {
  return { bytes, text: bytes.length <= ONE_WRITE_MAX ? bytes.toString('latin1') : null };
}
