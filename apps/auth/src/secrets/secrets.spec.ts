import { TOTP, URI } from 'otpauth';
import {
  findStep,
  hashRecoveryCode,
  newAuthenticatorSecret,
  newConfirmCode,
  newRecoveryCodes,
  otpauthUrl,
} from './one-time-passwords';
import { PasswordHasher } from './passwords';

describe('passwords', () => {
  const hasher = new PasswordHasher();

  it('are kept as scrypt with parameters and a salt of their own', async () => {
    const [first, second] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')]);
    expect(first).toMatch(/^scrypt\$15\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(second).not.toBe(first);
  });

  it('are told right from wrong', async () => {
    const stored = await hasher.hash('correct horse');
    await expect(hasher.verify('correct horse', stored)).resolves.toBe(true);
    await expect(hasher.verify('Correct horse', stored)).resolves.toBe(false);
    await expect(hasher.verify('', stored)).resolves.toBe(false);
    await expect(hasher.verify('correct horse', null)).resolves.toBe(false);
  });

  it('are the same however their characters are composed', async () => {
    const stored = await hasher.hash('caf\u00e9 au lait');
    await expect(hasher.verify('cafe\u0301 au lait', stored)).resolves.toBe(true);
  });

  it('hashed with other parameters by an older release still match', async () => {
    const { scryptSync } = await import('node:crypto');
    const salt = Buffer.alloc(16, 7);
    const key = scryptSync('old', salt, 32, { N: 2 ** 10, r: 8, p: 2 });
    const stored = ['scrypt', 10, 8, 2, salt.toString('base64url'), key.toString('base64url')].join('$');
    await expect(hasher.verify('old', stored)).resolves.toBe(true);
  });

  it('are not hashed for an endless queue', async () => {
    const busy = new PasswordHasher();
    const attempts = await Promise.allSettled(
      Array.from({ length: 130 }, () => busy.verify('x', 'scrypt$4$1$1$AAAA$AAAA')),
    );
    const refused = attempts.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(28);
    expect(refused[0]).toMatchObject({ reason: { code: 'rate_limited', details: { retryAfterSeconds: 5 } } });
    await expect(busy.verify('x', 'scrypt$4$1$1$AAAA$AAAA')).resolves.toBe(false);
  });
});

describe('one-time passwords', () => {
  it('follow the test vectors of RFC 6238 appendix B', () => {
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    // Its eight digits end in these six.
    expect(findStep(secret, '287082', new Date(59_000))).toBe(1);
    expect(findStep(secret, '081804', new Date(1111111109_000))).toBe(37037036);
    expect(findStep(secret, '279037', new Date(2000000000_000))).toBe(66666666);
  });

  it('are taken one step early or late, and no further', () => {
    const secret = newAuthenticatorSecret();
    const now = new Date('2026-01-01T00:00:10Z');
    const totp = URI.parse(otpauthUrl(secret, 'alice')) as TOTP;
    const codeAt = (seconds: number) => totp.generate({ timestamp: now.getTime() + seconds * 1000 });
    const step = findStep(secret, codeAt(0), now)!;
    expect(findStep(secret, codeAt(-30), now)).toBe(step - 1);
    expect(findStep(secret, codeAt(30), now)).toBe(step + 1);
    expect(findStep(secret, codeAt(-90), now)).toBeNull();
    expect(findStep(secret, codeAt(90), now)).toBeNull();
  });

  it.each(['', '12345', '1234567', 'abcdef', '١٢٣٤٥٦', '__proto__', '1'.repeat(10_000)])(
    'are never %j',
    (code) => {
      expect(findStep(newAuthenticatorSecret(), code, new Date())).toBeNull();
    },
  );

  it('come with ten different recovery codes that are compared without case and hyphens', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
    expect(hashRecoveryCode(codes[0]!.toUpperCase().replaceAll('-', ' '))).toBe(hashRecoveryCode(codes[0]!));
  });

  it('are confirmed by a short code', () => expect(newConfirmCode()).toMatch(/^[A-Z2-9]{4}-[A-Z2-9]{4}$/));
});
