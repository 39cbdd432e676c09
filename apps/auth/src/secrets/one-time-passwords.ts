import { randomBytes } from 'node:crypto';
import { sha256Hex } from '@packhouse/kernel';
import { Secret, TOTP } from 'otpauth';

const period = 30;
const digits = 6;

/** A new authenticator secret (160 bits, base32), RFC 6238 with SHA-1 as every authenticator app knows it. */
export function newAuthenticatorSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** The URL that an authenticator app scans. */
export function otpauthUrl(secret: string, login: string): string {
  return totpOf(secret, login).toString();
}

/** Number of the 30-second step whose code this is, one step of clock difference allowed; null: none. */
export function findStep(secret: string, code: string, now: Date): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const delta = totpOf(secret, '').validate({ token: code, timestamp: now.getTime(), window: 1 });
  return delta === null ? null : Math.floor(now.getTime() / 1000 / period) + delta;
}

function totpOf(secret: string, label: string): TOTP {
  return new TOTP({
    issuer: 'Packhouse',
    label,
    secret: Secret.fromBase32(secret),
    algorithm: 'SHA1',
    digits,
    period,
  });
}

const recoveryAlphabet = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Ten codes of 80 random bits, for the day when the authenticator is lost. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: 10 }, () =>
    Array.from(randomBytes(16), (byte) => recoveryAlphabet[byte % 32])
      .join('')
      .replace(/(.{4})(?=.)/g, '$1-'),
  );
}

/** As stored; hyphens, spaces and capitals do not matter when a person types it. */
export function hashRecoveryCode(code: string): string {
  return sha256Hex(`recovery ${code.toLowerCase().replace(/[\s-]/g, '')}`);
}

/** A short code that tells one waiting sign-in from another on the page. */
export function newConfirmCode(): string {
  const letters = Array.from(randomBytes(8), (byte) => recoveryAlphabet[byte % 32]!.toUpperCase()).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
