import { createHash, randomBytes } from 'node:crypto';

const HASHES = 4;

/**
 * Remembers which keys it was shown, in memory that does not grow: what was shown is always known again, a few keys are that
 * were not. Those are others in each filter. 8 MB take ten million keys with 4 % of such errors.
 */
export class KeyFilter {
  private readonly bits: Uint8Array;
  private readonly salt = randomBytes(16);

  constructor(bytes = 8 * 1024 * 1024) {
    this.bits = new Uint8Array(bytes);
  }

  add(key: string): void {
    for (const place of this.placesOf(key)) this.bits[place >>> 3]! |= 1 << (place & 7);
  }

  mayHave(key: string): boolean {
    return this.placesOf(key).every((place) => (this.bits[place >>> 3]! & (1 << (place & 7))) !== 0);
  }

  private placesOf(key: string): number[] {
    const digest = createHash('sha256').update(this.salt).update(key).digest();
    return Array.from(
      { length: HASHES },
      (_, index) => digest.readUInt32LE(4 * index) % (8 * this.bits.length),
    );
  }
}
