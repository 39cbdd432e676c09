/**
 * A value that is kept as its JSON text because it is shown again and again: the owner and the repository of every
 * package of a page are most of its bytes.
 */
export class WrittenJson<T> {
  private constructor(readonly text: string) {}

  static of<T>(value: T): WrittenJson<T> {
    return new WrittenJson<T>(JSON.stringify(value));
  }

  /** For whoever writes JSON without knowing of this class. */
  toJSON(): T {
    return JSON.parse(this.text) as T;
  }
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
  let members = '';
  for (const [key, value] of Object.entries(item)) {
    const text = value instanceof WrittenJson ? value.text : (JSON.stringify(value) as string | undefined);
    if (text !== undefined) members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${text}`;
  }
  return `{${members}}`;
}

/** Lists within lists and objects that write themselves are not looked into. */
function holdsWritten(item: object): boolean {
  if (Array.isArray(item) || 'toJSON' in item) return false;
  for (const value of Object.values(item)) if (value instanceof WrittenJson) return true;
  return false;
}
