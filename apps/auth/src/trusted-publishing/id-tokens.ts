import { Injectable } from '@nestjs/common';
import { DomainError, isDomainError, SECOND, sha256Hex, type Clock } from '@packhouse/kernel';
import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import { InjectClock } from '../clock';
import { IssuerKeys } from './issuer-keys';

/** Signatures by a private key only: a shared secret or none would let anybody sign. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
/** How far the clocks of issuer and instance may be apart. */
export const clockSkewMs = 30 * SECOND;

/** An ID token that its issuer signed and that is valid now. Whether anybody here trusts it is another question. */
export interface VerifiedIdToken {
  readonly issuer: string;
  readonly claims: JWTPayload;
  readonly audiences: readonly string[];
  /** The same for the same token, however it is written. */
  readonly replayKey: string;
  readonly expiresAt: Date;
}

/** Reads and verifies ID tokens (OpenID Connect Core 1.0, section 3.1.3.7). */
@Injectable()
export class IdTokens {
  constructor(
    private readonly keys: IssuerKeys,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** Who a token says it is from; nothing is proven yet. @throws DomainError `credentials_invalid`. */
  readIssuer(text: string): string {
    try {
      const { iss } = decodeJwt(text);
      if (typeof iss === 'string' && iss !== '' && iss.length <= 500) return iss;
    } catch {
      // Said below.
    }
    throw new DomainError(
      'credentials_invalid',
      'This is not an ID token: send the JWT that the CI system gave out.',
    );
  }

  /** Call for registered issuers only: it asks them for their keys. @throws DomainError `credentials_invalid`. */
  async verify(text: string, issuer: string): Promise<VerifiedIdToken> {
    try {
      const { payload } = await jwtVerify(text, this.keys.keysOf(issuer), {
        ...{ issuer, algorithms, currentDate: this.clock.now(), clockTolerance: clockSkewMs / SECOND },
        ...{ requiredClaims: ['iss', 'aud', 'exp', 'iat'], maxTokenAge: '1 day' },
      });
      return describe(text, issuer, payload);
    } catch (error) {
      if (isDomainError(error)) throw error;
      throw new DomainError('credentials_invalid', sentenceOf(error), {}, { cause: error });
    }
  }
}

function describe(text: string, issuer: string, claims: JWTPayload): VerifiedIdToken {
  const { jti, exp = 0, aud = [] } = claims;
  // What was signed identifies a token; its signature may be written in more than one way.
  const identity =
    typeof jti === 'string' && jti !== '' ? `jti ${jti}` : text.slice(0, text.lastIndexOf('.'));
  return {
    ...{ issuer, claims, audiences: [aud].flat(), replayKey: sha256Hex(`${issuer}\n${identity}`) },
    expiresAt: new Date(exp * SECOND + clockSkewMs),
  };
}

function sentenceOf(error: unknown): string {
  if (error instanceof errors.JWTExpired)
    return 'The ID token has expired (claim "exp"): ask the CI system for a fresh one.';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The ID token is not valid: its claim "${error.claim}" is ${error.reason === 'missing' ? 'missing' : 'wrong for this moment'}.`;
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'The ID token is not signed with an algorithm that proves anything: it must be an RSA, EC or Ed25519 signature.';
  if (error instanceof errors.JWKSNoMatchingKey)
    return 'The ID token is signed with a key that its issuer does not name.';
  return 'The signature of the ID token is wrong.';
}
