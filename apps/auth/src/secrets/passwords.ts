import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError, sha256Hex, Turns } from '@packhouse/kernel';

/** Cost 2^15 with r = 8: 32 MB and about 50 ms for each guess. Stored with every hash, so that it can be raised later. */
const costLog2 = 15;
const blockSize = 8;
const parallelism = 1;
const keyLength = 32;

/** Each running hash holds 32 MB and a thread of libuv's four, which file reads need too. */
const maxRunning = 2;
const maxWaiting = 100;

const unknownAccountSalt = randomBytes(16);

/** Hashes and checks passwords, a bounded number at a time. */
@Injectable()
export class PasswordHasher {
  private readonly turns = new Turns(maxRunning);

  /** `scrypt$log2(N)$r$p$salt$hash`, salt and hash in base64url. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(16);
    const key = await this.derive(password, salt, optionsOf(costLog2, blockSize, parallelism));
    return [
      'scrypt',
      costLog2,
      blockSize,
      parallelism,
      salt.toString('base64url'),
      key.toString('base64url'),
    ].join('$');
  }

  /** Costs the same for an account that does not exist or has no password (`stored` null): the time says nothing. */
  async verify(password: string, stored: string | null): Promise<boolean> {
    const [, n, r, p, salt, expected] = stored?.split('$') ?? [];
    if (!salt || !expected) {
      await this.derive(password, unknownAccountSalt, optionsOf(costLog2, blockSize, parallelism));
      return false;
    }
    const key = await this.derive(
      password,
      Buffer.from(salt, 'base64url'),
      optionsOf(Number(n), Number(r), Number(p)),
    );
    const wanted = Buffer.from(expected, 'base64url');
    return key.length === wanted.length && timingSafeEqual(key, wanted);
  }

  private async derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
    if (this.turns.line >= maxWaiting) {
      throw new DomainError('rate_limited', 'Too many sign-ins at once: wait a few seconds and try again.', {
        retryAfterSeconds: 5,
      });
    }
    return this.turns.take(
      () =>
        new Promise((resolve, reject) => {
          // Normalised, so that the same characters typed on another system are the same password.
          scrypt(password.normalize('NFKC'), salt, keyLength, options, (error, key) =>
            error ? reject(error) : resolve(key),
          );
        }),
    );
  }
}

/**
 * Names a password by its stored hash. Every hash has a salt of its own, so the mark tells nothing of the password, and
 * the same password set again has another one.
 */
export function markOf(storedHash: string): string {
  return sha256Hex(`password mark ${storedHash}`).slice(0, 32);
}

function optionsOf(log2N: number, r: number, p: number): ScryptOptions {
  const N = 2 ** log2N;
  return { N, r, p, maxmem: 256 * N * r };
}
