import { DomainError } from '@packhouse/kernel';

/** What a chunk of a document consists of, in order. */
export type DocumentPiece =
  | { readonly kind: 'outline'; /** To keep: everything but attachment data. */ readonly bytes: Buffer }
  | { readonly kind: 'data-start'; readonly key: string }
  | { readonly kind: 'data'; /** The inside of a JSON string, escapes included. */ readonly bytes: Buffer }
  | { readonly kind: 'data-end' };

interface Container {
  readonly isObject: boolean;
  expectsKey: boolean;
  key: string;
  /** Keys so far; only where they are checked. */
  readonly seen: Set<string> | null;
}

const maxDepth = 100;
const maxKeyBytes = 2048;
const quote = 0x22;
const backslash = 0x5c;

/**
 * Finds the attachment data (`_attachments.KEY.data`) in the bytes of a publish document, wherever it stands, so
 * that only the rest has to be kept. It follows the nesting and nothing else: whether the outline is JSON is decided
 * by the parser that reads it at the end. Keys on the way to the data may stand only once, so that no two readers
 * can see different tarballs.
 */
export class DocumentScanner {
  private readonly stack: Container[] = [];
  private mode: 'structure' | 'string' | 'key' | 'data' = 'structure';
  private escaped = false;
  private keyParts: Buffer[] = [];
  private keyBytes = 0;
  private ended = false;

  /** True once the document's last bracket was read. */
  get complete(): boolean {
    return this.ended;
  }

  *scan(chunk: Buffer): Generator<DocumentPiece> {
    let position = 0;
    let outline = 0;
    while (position < chunk.length) {
      if (this.mode !== 'data') {
        position =
          this.mode === 'structure' ? this.readStructure(chunk, position) : this.readString(chunk, position);
        if (!this.startsData()) continue;
        yield { kind: 'outline', bytes: chunk.subarray(outline, position) };
        yield { kind: 'data-start', key: this.stack[1]!.key };
        outline = position;
        continue;
      }
      // An escaped quote also ends the search; its backslash is not base64 and is refused by whoever decodes.
      const end = chunk.indexOf(quote, position);
      outline = end === -1 ? chunk.length : end;
      if (outline > position) yield { kind: 'data', bytes: chunk.subarray(position, outline) };
      position = chunk.length;
      if (end === -1) continue;
      this.mode = 'structure';
      position = end + 1;
      yield { kind: 'data-end' };
    }
    if (outline < chunk.length) yield { kind: 'outline', bytes: chunk.subarray(outline) };
  }

  /** Moves from a string that was just opened into attachment data, if it is that. */
  private startsData(): boolean {
    if (this.mode !== 'string' || this.stack.length !== 3 || this.escaped) return false;
    const [top, attachments, attachment] = this.stack as [Container, Container, Container];
    const isData =
      top.key === '_attachments' && attachments.isObject && attachment.isObject && attachment.key === 'data';
    if (!isData || isTextAttachment(attachments.key)) return false;
    this.mode = 'data';
    return true;
  }

  /** Reads brackets and separators up to the next opening quote; gives the position after it. */
  private readStructure(chunk: Buffer, from: number): number {
    for (let position = from; position < chunk.length; position++) {
      const byte = chunk[position]!;
      if (byte <= 0x20) continue;
      if (this.ended) throw invalidDocument('something follows its end');
      if (byte === quote) {
        const top = this.stack.at(-1);
        this.mode = top?.isObject === true && top.expectsKey ? 'key' : 'string';
        if (top === undefined) throw invalidDocument('it is not an object');
        return position + 1;
      }
      this.readMark(byte);
    }
    return chunk.length;
  }

  private readMark(byte: number): void {
    const top = this.stack.at(-1);
    if (byte === 0x7b || byte === 0x5b) {
      this.open(byte === 0x7b);
    } else if (byte === 0x7d || byte === 0x5d) {
      this.stack.pop();
      this.ended = this.stack.length === 0;
    } else if (top === undefined) {
      throw invalidDocument('it is not an object');
    } else if (byte === 0x2c) {
      top.expectsKey = top.isObject;
    } else if (byte === 0x3a) {
      top.expectsKey = false;
    }
  }

  private open(isObject: boolean): void {
    if (this.stack.length === 0 && !isObject) throw invalidDocument('it is not an object');
    if (this.stack.length >= maxDepth)
      throw invalidDocument(`it is nested more than ${maxDepth} levels deep`);
    this.stack.push({
      isObject,
      expectsKey: isObject,
      key: '',
      seen: this.stack.length < 3 ? new Set() : null,
    });
  }

  /** Reads to the closing quote of a string; gives the position after it, or the end of the chunk. */
  private readString(chunk: Buffer, from: number): number {
    let position = from;
    for (; position < chunk.length; position++) {
      const byte = chunk[position]!;
      if (this.escaped) this.escaped = false;
      else if (byte === backslash) this.escaped = true;
      else if (byte === quote) break;
    }
    if (this.mode === 'key' && this.tracksKeys()) this.collectKey(chunk.subarray(from, position));
    if (position === chunk.length) return position;
    if (this.mode === 'key' && this.tracksKeys()) this.finishKey();
    this.mode = 'structure';
    return position + 1;
  }

  /** Keys matter at the top, and below `_attachments`. */
  private tracksKeys(): boolean {
    return this.stack.length === 1 || (this.stack.length <= 3 && this.stack[0]!.key === '_attachments');
  }

  private collectKey(bytes: Buffer): void {
    this.keyBytes += bytes.length;
    if (this.keyBytes > maxKeyBytes) throw invalidDocument('a key in it is too long');
    this.keyParts.push(Buffer.from(bytes));
  }

  private finishKey(): void {
    const key = decodeKey(Buffer.concat(this.keyParts));
    this.keyParts = [];
    this.keyBytes = 0;
    const top = this.stack.at(-1)!;
    if (top.seen?.has(key))
      throw invalidDocument(`the key ${JSON.stringify(key.slice(0, 100))} stands in it twice`);
    top.seen?.add(key);
    top.key = key;
  }
}

/** Provenance bundles are attached as plain text (A4.1), all other attachments as base64. */
export function isTextAttachment(key: string): boolean {
  return key.endsWith('.sigstore');
}

export function invalidDocument(reason: string): DomainError {
  return new DomainError('invalid_request', `The request body is not a valid JSON document: ${reason}.`);
}

function decodeKey(bytes: Buffer): string {
  try {
    return JSON.parse(`"${bytes.toString('utf8')}"`) as string;
  } catch {
    throw invalidDocument('a key in it is malformed');
  }
}
