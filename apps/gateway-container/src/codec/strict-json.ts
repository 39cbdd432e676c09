/** How large a document may be in other ways than bytes. */
export interface JsonLimits {
  readonly depth: number;
  /** Values of any kind in the whole document. */
  readonly values: number;
}

/** An object of a document: without a prototype, so that `__proto__` is a key like others. */
export type JsonObject = { readonly [key: string]: Json };
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** What is wrong with a document, in half a sentence. */
export class JsonFault extends Error {}

const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// Plain runs are taken in one step; control characters end them, and are refused.
const plain = /[^"\\\u0000-\u001f]*/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const words: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/**
 * Parses JSON (RFC 8259) that has one meaning only: valid UTF-8, no byte order mark, no key twice in an object. Work is
 * linear in the length of the document. @throws JsonFault
 */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits): Json {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonFault('it is not valid UTF-8');
  }
  return new Parser(text, limits).document();
}

class Parser {
  private at = 0;
  private values = 0;

  constructor(
    private readonly text: string,
    private readonly limits: JsonLimits,
  ) {}

  document(): Json {
    const value = this.value(0);
    this.skip(space);
    if (this.at < this.text.length) throw this.unexpected();
    return value;
  }

  private value(depth: number): Json {
    this.values += 1;
    if (this.values > this.limits.values)
      throw new JsonFault(`it has more than ${this.limits.values} values`);
    this.skip(space);
    const first = this.text[this.at];
    if (first === '{') return this.object(depth + 1);
    if (first === '[') return this.array(depth + 1);
    if (first === '"') return this.string();
    const found = this.match(number);
    if (found !== '') return Number(found);
    for (const [word, value] of words) {
      if (!this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return value;
    }
    throw this.unexpected();
  }

  private object(depth: number): JsonObject {
    this.enter(depth);
    const object = Object.create(null) as Record<string, Json>;
    if (this.takes('}')) return object;
    do {
      this.skip(space);
      if (this.text[this.at] !== '"') throw this.unexpected();
      const key = this.string();
      if (key in object) throw new JsonFault(`the key "${key.slice(0, 100)}" is there twice`);
      if (!this.takes(':')) throw this.unexpected();
      object[key] = this.value(depth);
    } while (this.takes(','));
    if (!this.takes('}')) throw this.unexpected();
    return object;
  }

  private array(depth: number): readonly Json[] {
    this.enter(depth);
    const items: Json[] = [];
    if (this.takes(']')) return items;
    do items.push(this.value(depth));
    while (this.takes(','));
    if (!this.takes(']')) throw this.unexpected();
    return items;
  }

  private string(): string {
    const start = this.at;
    this.at += 1;
    let escaped = false;
    for (;;) {
      this.skip(plain);
      if (this.text[this.at] === '"') break;
      if (this.match(escape) === '') throw this.unexpected();
      escaped = true;
    }
    this.at += 1;
    const source = this.text.slice(start, this.at);
    return escaped ? (JSON.parse(source) as string) : source.slice(1, -1);
  }

  private enter(depth: number): void {
    if (depth > this.limits.depth)
      throw new JsonFault(`it is nested more than ${this.limits.depth} levels deep`);
    this.at += 1;
  }

  /** Whether the next character that counts is this one; steps over it. */
  private takes(character: string): boolean {
    this.skip(space);
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [found = ''] = pattern.exec(this.text) ?? [];
    this.at += found.length;
    return found;
  }

  private skip(pattern: RegExp): void {
    pattern.lastIndex = this.at;
    if (pattern.test(this.text)) this.at = pattern.lastIndex;
  }

  private unexpected(): JsonFault {
    return new JsonFault(
      this.at >= this.text.length
        ? 'it ends early'
        : `it is not JSON at character ${this.at + 1} of ${this.text.length}`,
    );
  }
}
