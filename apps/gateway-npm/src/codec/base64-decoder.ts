import { DomainError } from '@packhouse/kernel';

const backslash = 0x5c;
const slash = 0x2f;
const letterU = 0x75;
const nothing = Buffer.alloc(0);
const lastQuantum = /^(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$/;

/**
 * Decodes the inside of a JSON string that holds base64, piece by piece and strictly: the standard alphabet, complete
 * padding, no unused bits, no white space. Node's own decoder skips what it does not know; here a character that it
 * skipped shows as a missing byte.
 */
export class Base64Decoder {
  /** The beginning of an escape that its piece cut off. */
  private escape = nothing;
  /** One to four characters that wait, because only the last four may hold padding. */
  private held = nothing;
  /** What `push` decodes into: a new one for each piece would be garbage as large as the tarball. */
  private room = nothing;

  /** Gives the bytes of a piece. They are good until the next piece: whoever keeps them copies them. */
  push(piece: Buffer): Buffer {
    const text = this.unescape(piece);
    const total = this.held.length + text.length;
    if (total <= 4) {
      this.held = Buffer.concat([this.held, text]);
      return nothing;
    }
    const kept = total % 4 === 0 ? 4 : total % 4;
    const size = ((total - kept) / 4) * 3;
    if (this.room.length < size) this.room = Buffer.allocUnsafeSlow(size);
    const decoded = this.room.subarray(0, size);
    const completing = this.held.length === 0 ? 0 : 4 - this.held.length;
    const head = Buffer.concat([this.held, text.subarray(0, completing)]);
    const written = decodeInto(decoded, 0, head);
    decodeInto(decoded, written, text.subarray(completing, text.length - kept));
    this.held = Buffer.from(text.subarray(text.length - kept));
    return decoded;
  }

  /** Gives the last bytes; refuses a text that ended too early. */
  finish(): Buffer {
    if (this.escape.length > 0) throw notBase64();
    if (this.held.length === 0) return nothing;
    const text = this.held.toString('latin1');
    const decoded = Buffer.from(text, 'base64');
    if (!lastQuantum.test(text) || decoded.toString('base64') !== text) throw notBase64();
    return decoded;
  }

  /** JSON may write any character as an escape; some clients do so with `/`. */
  private unescape(piece: Buffer): Buffer {
    if (this.escape.length === 0 && !piece.includes(backslash)) return piece;
    const text = this.escape.length === 0 ? piece : Buffer.concat([this.escape, piece]);
    const plain = Buffer.allocUnsafe(text.length);
    let length = 0;
    let position = 0;
    while (position < text.length) {
      const byte = text[position]!;
      const size = byte === backslash ? escapeSize(text, position) : 1;
      if (position + size > text.length) break;
      plain[length++] = size === 1 ? byte : escapedByte(text, position, size);
      position += size;
    }
    this.escape = Buffer.from(text.subarray(position));
    return plain.subarray(0, length);
  }
}

/** How long the escape at `position` is; 2 when its second character has not arrived yet. */
function escapeSize(text: Buffer, position: number): number {
  const kind = text[position + 1];
  if (kind === letterU) return 6;
  if (kind === undefined || kind === slash) return 2;
  throw notBase64();
}

function escapedByte(text: Buffer, position: number, size: number): number {
  if (size === 2) return slash;
  const digits = text.toString('latin1', position + 2, position + 6);
  const code = /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : 0xffff;
  if (code > 0x7f) throw notBase64();
  return code;
}

/** Decodes whole groups of four characters without padding; gives the position after them. */
function decodeInto(target: Buffer, offset: number, text: Buffer): number {
  if (text.length === 0) return offset;
  const expected = (text.length / 4) * 3;
  const written = target.write(text.toString('latin1'), offset, expected, 'base64');
  // The decoder also takes the URL alphabet, which no client sends.
  if (written !== expected || text.includes(0x2d) || text.includes(0x5f)) throw notBase64();
  return offset + written;
}

function notBase64(): DomainError {
  return new DomainError(
    'invalid_package',
    'The tarball in the publish document is not valid base64: publish again.',
  );
}
