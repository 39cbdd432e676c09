import { Inject, Injectable } from '@nestjs/common';
import {
  authContract,
  factKey,
  type Actor,
  type AuthClient,
  type Credential,
  type Principal,
} from '@packhouse/contracts';
import { PublicUrl } from '@packhouse/http';
import { DomainError, hashToken, looksLikeToken, sha256Hex } from '@packhouse/kernel';
import { InjectClient, INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { FactCache } from './fact-cache';

/** Who makes a request, as far as it proved it. */
export interface Caller {
  /** Null: anonymous. */
  readonly principal: Principal | null;
  /** SHA-256 of the access token it came with, if any. */
  readonly tokenHash: string | null;
  readonly address: string;
  readonly requestId: string;
}

/** A caller that signed in. */
export type SignedInCaller = Caller & { readonly principal: Principal };

/** Who changes something, for the record. */
export function actorOf({ principal, address, requestId }: SignedInCaller): Actor {
  const { accountId, login, tokenId } = principal;
  return { accountId, login, tokenId, address, requestId };
}

/**
 * Refuses a credential that stands for less than its account: what belongs to a person (tokens, profile, sign-in) is
 * not for a fine-grained token, nor for a workflow.
 */
export function requireWholeAccount({ limits, workflow }: Principal): void {
  if (limits === null && workflow === null) return;
  throw new DomainError(
    'forbidden',
    `A ${workflow ? 'workflow' : 'fine-grained'} token reaches packages only: use a classic token or sign in with your password.`,
  );
}

/** Reads and checks the credential of a request; a warm one is answered from memory. */
@Injectable()
export class Callers {
  private readonly known: FactCache<Principal>;

  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
    private readonly publicUrl: PublicUrl,
  ) {
    this.known = new FactCache(invalidations, { maxEntries: 20_000 });
  }

  /** The caller of a request. Rejects `credentials_invalid` for a credential that is wrong: never silently anonymous. */
  async identify(request: FastifyRequest): Promise<Caller> {
    const address = this.publicUrl.addressOf(request);
    const credential = readCredential(request.headers.authorization, address);
    if (!credential) return { principal: null, tokenHash: null, address, requestId: request.id };
    const tokenHash = credential.kind === 'token' ? credential.hash : null;
    const name = tokenHash ?? sha256Hex(request.headers.authorization ?? '');
    const principal = await this.known.get(name, () => this.authenticate(credential));
    return { principal, tokenHash, address, requestId: request.id };
  }

  /** The caller of a request that only makes sense signed in. Rejects `unauthenticated`. */
  async identifySignedIn(request: FastifyRequest): Promise<SignedInCaller> {
    const caller = await this.identify(request);
    if (!caller.principal) throw new DomainError('unauthenticated');
    return { ...caller, principal: caller.principal };
  }

  private async authenticate(credential: Credential) {
    const { principal } = await this.auth.authenticate({ credential });
    const keys = [factKey.account(principal.accountId)];
    if (credential.kind === 'token') keys.push(factKey.token(credential.hash));
    if (principal.workflow?.repositoryId) keys.push(factKey.repository(principal.workflow.repositoryId));
    const expiresAt = principal.expiresAt ? Date.parse(principal.expiresAt) : undefined;
    return { value: principal, keys, expiresAt };
  }
}

/**
 * The credential in an Authorization header: `Bearer T`, `token T`, a bare token, or Basic with a password or with a
 * token in either place (native clients differ; the user name beside a token is not looked at).
 */
export function readCredential(header: string | undefined, address: string): Credential | null {
  if (!header) return null;
  const space = header.indexOf(' ');
  const scheme = space === -1 ? '' : header.slice(0, space).toLowerCase();
  const value = header.slice(space + 1).trim();
  if (scheme === 'basic') return readBasic(value, address);
  if (scheme === 'bearer' || scheme === 'token' || (scheme === '' && looksLikeToken(value)))
    return { kind: 'token', hash: hashToken(value) };
  throw new DomainError(
    'credentials_invalid',
    'The Authorization header is not understood: send "Bearer TOKEN" or Basic credentials.',
  );
}

function readBasic(value: string, address: string): Credential {
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const login = colon === -1 ? text : text.slice(0, colon);
  const password = colon === -1 ? '' : text.slice(colon + 1);
  if (looksLikeToken(password)) return { kind: 'token', hash: hashToken(password) };
  if (looksLikeToken(login)) return { kind: 'token', hash: hashToken(login) };
  if (login.length > 200 || password.length > 1000) throw new DomainError('credentials_invalid');
  return { kind: 'password', login, password, address };
}
