import { createHash, hash, timingSafeEqual, type Hash } from 'node:crypto';

export const digestAlgorithms = ['md5', 'sha1', 'sha256', 'sha512'] as const;
export type DigestAlgorithm = (typeof digestAlgorithms)[number];

/** Digests of one content, lower-case hex. `sha256` is always there: it is the storage address. */
export type Digests = Readonly<{ sha256: string } & Partial<Record<DigestAlgorithm, string>>>;

/** Computes several digests in one pass over the bytes. */
export class MultiDigest {
  private readonly hashes: ReadonlyArray<readonly [DigestAlgorithm, Hash]>;

  constructor(algorithms: readonly DigestAlgorithm[]) {
    const wanted = new Set<DigestAlgorithm>(['sha256', ...algorithms]);
    this.hashes = [...wanted].map((name) => [name, createHash(name)] as const);
  }

  update(chunk: Uint8Array): void {
    for (const [, hash] of this.hashes) hash.update(chunk);
  }

  /** Whether all of these are computed. */
  has(algorithms: readonly DigestAlgorithm[]): boolean {
    return algorithms.every((wanted) => this.hashes.some(([name]) => name === wanted));
  }

  /** Ends the pass; may be called once. */
  finish(): Digests {
    return Object.fromEntries(this.hashes.map(([name, hash]) => [name, hash.digest('hex')])) as Digests;
  }
}

/** Lower-case hex SHA-256 of a short text or buffer. */
export function sha256Hex(content: string | Uint8Array): string {
  return hash('sha256', content);
}

/** Compares two secrets without giving their common prefix away by timing. */
export function equalSecrets(a: string, b: string): boolean {
  const left = createHash('sha256').update(a).digest();
  const right = createHash('sha256').update(b).digest();
  return timingSafeEqual(left, right);
}
