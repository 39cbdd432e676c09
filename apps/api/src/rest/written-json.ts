import { createHash } from 'node:crypto';

/**
 * A value that is kept as its JSON text because it is shown again and again: the owner and the repository of every
 * package of a page are most of its bytes.
 */
export class WrittenJson<T> {
  private hashed: string | null = null;

  private constructor(
    /** UTF-8; not to be changed. */
    readonly bytes: Buffer,
  ) {}

  /** `value` may hold written values itself. */
  static of<T>(value: T): WrittenJson<T> {
    const bytes = encodeJson(value);
    // Not from the pool, of which a small piece would hold a large one.
    return new WrittenJson<T>(
      bytes.buffer.byteLength > bytes.length ? Buffer.from(new Uint8Array(bytes).buffer) : bytes,
    );
  }

  /** SHA-1 of the bytes in hex. */
  get hash(): string {
    return (this.hashed ??= sha1Hex(this.bytes));
  }

  /** For whoever writes JSON without knowing of this class. */
  toJSON(): T {
    return JSON.parse(this.bytes.toString()) as T;
  }
}

/**
 * The same text as `JSON.stringify`, in UTF-8, with written values in it as they are; they are looked for in objects and
 * lists of objects.
 */
export function encodeJson(value: unknown): Buffer {
  if (value instanceof WrittenJson) return value.bytes;
  const pieces = new Pieces();
  write(value, pieces);
  return pieces.encode();
}

/** Text and bytes, one after another. */
class Pieces {
  private readonly done: Buffer[] = [];
  private text = '';

  add(text: string): void {
    this.text += text;
  }

  addWritten({ bytes }: WrittenJson<unknown>): void {
    this.flush();
    this.done.push(bytes);
  }

  encode(): Buffer {
    this.flush();
    return this.done.length === 1 ? this.done[0]! : Buffer.concat(this.done);
  }

  private flush(): void {
    if (this.text !== '') this.done.push(Buffer.from(this.text));
    this.text = '';
  }
}

function write(value: unknown, pieces: Pieces): void {
  if (!Array.isArray(value)) return writeItem(value, pieces);
  let before = '[';
  for (const item of value) {
    pieces.add(before);
    writeItem(item, pieces);
    before = ',';
  }
  pieces.add(value.length === 0 ? '[]' : ']');
}

function writeItem(item: unknown, pieces: Pieces): void {
  if (item instanceof WrittenJson) return pieces.addWritten(item);
  if (typeof item !== 'object' || item === null || !holdsWritten(item))
    return pieces.add(JSON.stringify(item) ?? 'null');
  let before = '{';
  for (const [key, value] of Object.entries(item)) {
    const isWritten = value instanceof WrittenJson;
    const text = isWritten ? '' : (JSON.stringify(value) as string | undefined);
    if (text === undefined) continue;
    pieces.add(`${before}${JSON.stringify(key)}:${text}`);
    if (isWritten) pieces.addWritten(value);
    before = ',';
  }
  pieces.add('}');
}

/** Lists within lists and objects that write themselves are not looked into. */
function holdsWritten(item: object): boolean {
  if (Array.isArray(item) || 'toJSON' in item) return false;
  for (const value of Object.values(item)) if (value instanceof WrittenJson) return true;
  return false;
}

export function sha1Hex(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex');
}
