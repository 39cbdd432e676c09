import { registryError } from './registry-error';

const tagShape = /^\w[\w.-]{0,127}$/;
const digestShape = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;
const hexLengths = { sha256: 64, sha512: 128 } as const;

export type DigestAlgorithm = keyof typeof hexLengths;

/** A content address of an algorithm that is known here: `text` is its one form, `ALGORITHM:HEX`. */
export interface Digest {
  readonly algorithm: DigestAlgorithm;
  readonly hex: string;
  readonly text: string;
}

/** How a manifest is asked for. */
export type Reference =
  { readonly kind: 'tag'; readonly tag: string } | { readonly kind: 'digest'; readonly digest: Digest };

/** Whether a text can be a tag; tags are told apart by case. */
export function isTag(text: string): boolean {
  return tagShape.test(text);
}

/** The algorithm if digests are made with it here, else null. */
export function knownAlgorithm(name: string): DigestAlgorithm | null {
  return Object.hasOwn(hexLengths, name) ? (name as DigestAlgorithm) : null;
}

/** A digest, or null for any text that is not the one form of one: upper case and other lengths are other texts. */
export function findDigest(text: string): Digest | null {
  const colon = text.indexOf(':');
  const algorithm = knownAlgorithm(text.slice(0, Math.max(colon, 0)));
  const hex = text.slice(colon + 1);
  if (algorithm === null || hex.length !== hexLengths[algorithm] || !/^[0-9a-f]+$/.test(hex)) return null;
  return { algorithm, hex, text };
}

/** A digest as a request gives it. Rejects `DIGEST_INVALID`. */
export function readDigest(text: string): Digest {
  const digest = findDigest(text);
  if (digest) return digest;
  const shown = text.slice(0, 150);
  throw registryError(
    'DIGEST_INVALID',
    digestShape.test(text) && knownAlgorithm(text.slice(0, text.indexOf(':'))) === null
      ? `This registry makes digests with sha256 and sha512, not as in "${shown}".`
      : `"${shown}" is not a digest: it must be "sha256:" and 64, or "sha512:" and 128 lower-case hexadecimal digits.`,
    { digest: shown },
  );
}

/** The last part of a manifest's path: with a colon it is meant as a digest, and never as a tag. Null: neither. */
export function findReference(text: string): Reference | null {
  if (text.includes(':')) return { kind: 'digest', digest: readDigest(text) };
  return isTag(text) ? { kind: 'tag', tag: text } : null;
}

/** A tag that a request wants to set. Rejects `TAG_INVALID`. */
export function readTag(text: string): string {
  if (isTag(text)) return text;
  throw registryError(
    'TAG_INVALID',
    `"${text.slice(0, 150)}" is not a tag: it has up to 128 letters, digits, "_", "." and "-", and begins with none of the last two.`,
    { tag: text.slice(0, 150) },
  );
}
