/**
 * A value that is kept as its JSON text because it is shown again and again: the owner and the repository of every
 * package of a page are most of its bytes.
 */
export class WrittenJson<T> {
  private encoded: Buffer | null = null;

  private constructor(private written: string | null) {}

  /** `value` may hold written values itself. */
  static of<T>(value: T): WrittenJson<T> {
    return new WrittenJson<T>(writeJson(value));
  }

  get text(): string {
    return this.written ?? this.encoded?.toString() ?? 'null';
  }

  /** The text in UTF-8; from then on it is kept in this form only. */
  get bytes(): Buffer {
    if (this.encoded === null) {
      // Not from the pool, of which a small piece would hold a large one.
      this.encoded = Buffer.allocUnsafeSlow(Buffer.byteLength(this.text));
      this.encoded.write(this.text);
      this.written = null;
    }
    return this.encoded;
  }

  /** For whoever writes JSON without knowing of this class. */
  toJSON(): T {
    return JSON.parse(this.text) as T;
  }
}

const [listBegin, listEnd, comma] = [Buffer.from('['), Buffer.from(']'), Buffer.from(',')];

/** What {@link writeJson} gives, in UTF-8. A list of written values is put together from their bytes. */
export function encodeJson(value: unknown): Buffer {
  if (!Array.isArray(value) || !value.every((item) => item instanceof WrittenJson))
    return Buffer.from(writeJson(value));
  const pieces = (value as Array<WrittenJson<unknown>>).flatMap(({ bytes }, index) =>
    index === 0 ? [bytes] : [comma, bytes],
  );
  return Buffer.concat([listBegin, ...pieces, listEnd]);
}

/** The same text as `JSON.stringify`, with written values in it as they are; they are looked for in objects and lists of objects. */
export function writeJson(value: unknown): string {
  return Array.isArray(value)
    ? `[${value.map((item) => writeItem(item) ?? 'null').join(',')}]`
    : (writeItem(value) ?? 'null');
}

function writeItem(item: unknown): string | undefined {
  if (item instanceof WrittenJson) return item.text;
  if (typeof item !== 'object' || item === null || !holdsWritten(item)) return JSON.stringify(item);
  const members: string[] = [];
  for (const [key, value] of Object.entries(item)) {
    const text = value instanceof WrittenJson ? value.text : (JSON.stringify(value) as string | undefined);
    if (text !== undefined) members.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${members.join(',')}}`;
}

/** Lists within lists and objects that write themselves are not looked into. */
function holdsWritten(item: object): boolean {
  if (Array.isArray(item) || 'toJSON' in item) return false;
  for (const value of Object.values(item)) if (value instanceof WrittenJson) return true;
  return false;
}
