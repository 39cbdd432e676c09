import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/gateway-kit';
import { DomainError, MINUTE, newId, SECOND, sha256Hex } from '@packhouse/kernel';
import { errors, jwtVerify, SignJWT, type CryptoKey, type KeyObject } from 'jose';
import { LRUCache } from 'lru-cache';
import { REGISTRY_PRODUCT, type RegistryProduct } from '../product';
import { tokenClaims, type TokenClaims } from './token-claims';
import { TokenKeys } from './token-keys';
import { tokenSettings } from './token-settings';

/** A token as it is given out. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

type NewClaims = Omit<TokenClaims, 'exp'> & {
  /** Who it is for, for people who look into it; empty: nobody signed in. */
  readonly login: string;
  /** When the credential behind it ends, in epoch milliseconds. */
  readonly endsAt: number;
};

const ISSUER = 'packhouse';
const ALGORITHM = 'ES256';
/** How far the clocks of two machines may be apart. */
const LEEWAY_MS = MINUTE;
/** Ours are far below; a longer text is none of them. */
const MAX_TOKEN_LENGTH = 8192;

/**
 * Signs and verifies the tokens of one registry (distribution specification, "Token Authentication"). Only what this
 * deployment signed for this registry counts: the algorithm is fixed, the key is ours, and nothing that a header says of
 * keys is looked at.
 */
@Injectable()
export class RegistryTokens {
  /** Clients fetch a token for each image and use it for seconds. */
  private readonly verified = new LRUCache<string, TokenClaims>({ max: 2_000 });
  private readonly audience: string;
  private readonly lifeSeconds: number;

  constructor(
    @Inject(REGISTRY_PRODUCT) product: RegistryProduct,
    private readonly keys: TokenKeys,
    settings: Settings,
  ) {
    this.audience = `packhouse:${product.format}`;
    this.lifeSeconds = settings.of(tokenSettings).tokenSeconds;
  }

  async issue({ login, endsAt, ...claims }: NewClaims): Promise<IssuedToken> {
    const { kid, privateKey } = await this.keys.current();
    const now = Math.floor(Date.now() / SECOND);
    const left = Math.floor(endsAt / SECOND) - now;
    const expiresInSeconds = Math.max(1, Math.min(this.lifeSeconds, left));
    const token = await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid })
      .setIssuer(ISSUER)
      .setAudience(this.audience)
      .setSubject(login)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + expiresInSeconds)
      .setJti(newId())
      .sign(privateKey);
    return { token, expiresInSeconds };
  }

  /** What a token says if it was verified before and has not expired: without a promise. */
  recall(token: string): TokenClaims | undefined {
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    const claims = this.verified.get(sha256Hex(token));
    return claims && claims.exp * SECOND + LEEWAY_MS > Date.now() ? claims : undefined;
  }

  /** @throws DomainError `credentials_invalid` for everything that is not a token of ours, or has expired. */
  async verify(token: string): Promise<TokenClaims> {
    const known = this.recall(token);
    if (known) return known;
    if (token.length > MAX_TOKEN_LENGTH) throw notOurs();
    const claims = await this.read(token);
    this.verified.set(sha256Hex(token), claims);
    return claims;
  }

  private async read(token: string): Promise<TokenClaims> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.keyOf(kid), {
        algorithms: [ALGORITHM],
        ...{ issuer: ISSUER, audience: this.audience, typ: 'JWT' },
        clockTolerance: LEEWAY_MS / SECOND,
        requiredClaims: ['exp', 'nbf', 'iat', 'jti'],
      });
      const claims = tokenClaims.safeParse(payload);
      if (claims.success) return claims.data;
    } catch (error) {
      if (error instanceof errors.JWTExpired)
        throw new DomainError('credentials_invalid', 'The token has expired: fetch a new one.');
      if (!(error instanceof errors.JOSEError)) throw error;
    }
    throw notOurs();
  }

  private async keyOf(kid: string | undefined): Promise<CryptoKey | KeyObject> {
    const key = await this.keys.find(kid ?? '');
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key.publicKey;
  }
}

function notOurs(): DomainError {
  return new DomainError(
    'credentials_invalid',
    'The token is not one of this registry: fetch one from the address that the challenge names.',
  );
}
