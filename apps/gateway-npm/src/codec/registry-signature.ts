import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { RegistrySignature } from './fragments';

/** A key as the keys endpoint lists it (A7). */
export interface RegistryKey {
  readonly expires: string | null;
  readonly keyid: string;
  readonly keytype: 'ecdsa-sha2-nistp256';
  readonly scheme: 'ecdsa-sha2-nistp256';
  /** Base64 of the DER public key. */
  readonly key: string;
}

/** Makes a key pair for signing versions; the caller stores the private PEM as a secret. */
export function generateSigningKey(): { readonly privatePem: string; readonly publicPem: string } {
  const pair = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { privatePem: pair.privateKey, publicPem: pair.publicKey };
}

/** Describes a key for clients, from its public or private PEM. */
export function describeKey(pem: string, expires: string | null = null): RegistryKey {
  const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  const keyid = `SHA256:${createHash('sha256').update(spki).digest('base64')}`;
  return {
    expires,
    keyid,
    keytype: 'ecdsa-sha2-nistp256',
    scheme: 'ecdsa-sha2-nistp256',
    key: spki.toString('base64'),
  };
}

/** The body of the keys endpoint. */
export function renderKeys(keys: readonly RegistryKey[]): string {
  return JSON.stringify({ keys });
}

/** Signs what `npm audit signatures` verifies: name, version and integrity of a tarball. */
export type VersionSigner = (name: string, version: string, integrity: string) => RegistrySignature;

/** Reads the private key once; the signer that it gives is cheap to call. */
export function createVersionSigner(privatePem: string): VersionSigner {
  const key = createPrivateKey(privatePem);
  const { keyid } = describeKey(privatePem);
  return (name, version, integrity) => {
    const sig = sign('sha256', Buffer.from(`${name}@${version}:${integrity}`), key).toString('base64');
    return { keyid, sig };
  };
}
