import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { sha256Hex } from './digests';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomLength = 36;
const checksumLength = 6;
const tokenShape = new RegExp(`^ph_[0-9A-Za-z]{${randomLength + checksumLength}}$`);

/**
 * The text of a new access token: `ph_`, 36 random base62 characters (214 bits), and the CRC-32 of all before it as
 * 6 base62 digits, highest first. The prefix lets secret scanners find a leaked token; the checksum lets
 * text that was never a token be refused without asking the database.
 */
export function newTokenText(): string {
  const body = `ph_${randomBase62(randomLength)}`;
  return body + checksumOf(body);
}

/** Whether a text is shaped like one of our access tokens, checksum included. It says nothing of its validity. */
export function looksLikeToken(text: string): boolean {
  if (text.length !== 3 + randomLength + checksumLength || !tokenShape.test(text)) return false;
  return text.endsWith(checksumOf(text.slice(0, -checksumLength)));
}

/** The hash by which a token is stored and travels between services: lower-case hex SHA-256 of its text. */
export function hashToken(text: string): string {
  return sha256Hex(text);
}

/** Even distribution: bytes beyond the last whole multiple of 62 are thrown away. */
function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += alphabet[byte % 62]!;
    }
  }
  return text;
}

function checksumOf(body: string): string {
  let rest = crc32(body);
  let digits = '';
  for (let i = 0; i < checksumLength; i++) {
    digits = alphabet[rest % 62]! + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
