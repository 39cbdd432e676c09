import { createHash, createPublicKey, verify } from 'node:crypto';
import { createVersionSigner, describeKey, generateSigningKey, renderKeys } from './registry-signature';

describe('registry signatures', () => {
  const pair = generateSigningKey();

  it('can be verified with the key that is served', () => {
    const signature = createVersionSigner(pair.privatePem)('@acme/thing', '1.0.0', 'sha512-abc');
    const key = describeKey(pair.publicPem);
    const publicKey = createPublicKey({ key: Buffer.from(key.key, 'base64'), format: 'der', type: 'spki' });
    const isValid = (text: string) =>
      verify('sha256', Buffer.from(text), publicKey, Buffer.from(signature.sig, 'base64'));
    expect(signature.keyid).toBe(key.keyid);
    expect(isValid('@acme/thing@1.0.0:sha512-abc')).toBe(true);
    expect(isValid('@acme/thing@1.0.1:sha512-abc')).toBe(false);
  });

  it('names a key by the digest of its public part, from either PEM', () => {
    const key = describeKey(pair.privatePem);
    expect(key).toEqual(describeKey(pair.publicPem));
    expect(key.keyid).toBe(
      `SHA256:${createHash('sha256').update(Buffer.from(key.key, 'base64')).digest('base64')}`,
    );
  });

  it('lists keys as clients expect them', () => {
    const { key, keyid } = describeKey(pair.publicPem);
    expect(JSON.parse(renderKeys([describeKey(pair.publicPem, '2030-01-01T00:00:00.000Z')]))).toEqual({
      keys: [
        {
          expires: '2030-01-01T00:00:00.000Z',
          keyid,
          keytype: 'ecdsa-sha2-nistp256',
          scheme: 'ecdsa-sha2-nistp256',
          key,
        },
      ],
    });
  });
});
