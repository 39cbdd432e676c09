import { Inject, Injectable } from '@nestjs/common';
import {
  authContract,
  factKey,
  type Actor,
  type AuthClient,
  type Credential,
  type IssuedCredential,
  type Principal,
} from '@packhouse/contracts';
import { PublicUrl, type Received } from '@packhouse/http';
import { DomainError, hashToken, isDomainError, looksLikeToken, MINUTE, sha256Hex } from '@packhouse/kernel';
import { FactCache, InjectClient, INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { CSRF_HEADER, readApiSession, readSession, refuseForgedChange } from './browser-session';

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

/** @throws DomainError `unauthenticated` */
export function requireSignedIn(caller: Caller): SignedInCaller {
  if (!caller.principal) throw new DomainError('unauthenticated');
  return { ...caller, principal: caller.principal };
}

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
    this.known = new FactCache(invalidations, { max: 20_000 });
  }

  /**
   * The caller of a request. Rejects `credentials_invalid` for a credential that is wrong: never silently anonymous.
   * `authorization`: what the header says, where a format writes it in another way.
   */
  async identify(
    request: FastifyRequest,
    authorization: string | undefined = request.headers.authorization,
  ): Promise<Caller> {
    const address = this.publicUrl.addressOf(request);
    const credential = readCredential(authorization, address);
    if (!credential) return this.identifyByCookie(request, address);
    const tokenHash = credential.kind === 'token' ? credential.hash : null;
    const name = tokenHash ?? sha256Hex(authorization ?? '');
    const principal = await this.known.get(name, () => this.authenticate(credential));
    return { principal, tokenHash, address, requestId: request.id };
  }

  /** The caller of a gateway's request if that is known without asking: anonymous, or by a token that is in memory. */
  recall(request: Received): Caller | null {
    const address = this.publicUrl.addressOf(request);
    const { authorization } = request.headers;
    if (!authorization) return { principal: null, tokenHash: null, address, requestId: '' };
    const token = bearer.exec(authorization)?.[1];
    if (token === undefined) return null;
    const tokenHash = hashToken(token);
    const principal = this.known.peek(tokenHash);
    return principal ? { principal, tokenHash, address, requestId: '' } : null;
  }

  /** In the API a browser may be signed in by its session instead; a change then has to prove that it is no forgery. */
  private async identifyByCookie(request: FastifyRequest, address: string): Promise<Caller> {
    const base = this.publicUrl.baseFor(request);
    const session = readApiSession(request, base);
    if (session === null) return { principal: null, tokenHash: null, address, requestId: request.id };
    const principal = await this.principalOfSession(session);
    const token = request.headers[CSRF_HEADER];
    refuseForgedChange(request, { session, base, token: typeof token === 'string' ? token : undefined });
    return { principal, tokenHash: null, address, requestId: request.id };
  }

  /** Who looks at a page, by the session; null for nobody, or a session that has ended. Changes ask {@link refuseForgedChange} too. */
  async identifyBrowser(
    request: FastifyRequest,
  ): Promise<{ readonly caller: SignedInCaller; readonly session: string } | null> {
    const session = readSession(request, this.publicUrl.baseFor(request));
    if (session === null) return null;
    try {
      const principal = await this.principalOfSession(session);
      const address = this.publicUrl.addressOf(request);
      return { caller: { principal, tokenHash: null, address, requestId: request.id }, session };
    } catch (error) {
      // Ended, or of an account that is suspended meanwhile: signing in again says which.
      if (isDomainError(error, 'credentials_invalid') || isDomainError(error, 'forbidden')) return null;
      throw error;
    }
  }

  /**
   * Who stands behind what a gateway of ours signed. It is asked again as soon as anything about that credential
   * changed. Rejects `credentials_invalid` once it has ended, `forbidden` of a suspended account.
   */
  principalOfIssued(issued: IssuedCredential): Principal | Promise<Principal> {
    return this.known.get(nameOfIssued(issued), () => this.authenticate({ kind: 'issued', ...issued }));
  }

  /** The same, if it is known without asking. */
  recallIssued(issued: IssuedCredential): Principal | null {
    return this.known.peek(nameOfIssued(issued)) ?? null;
  }

  private principalOfSession(session: string): Principal | Promise<Principal> {
    const hash = sha256Hex(session);
    return this.known.get(`session ${hash}`, () => this.authenticate({ kind: 'session', hash }));
  }

  /** The caller of a request that only makes sense signed in. Rejects `unauthenticated`. */
  async identifySignedIn(request: FastifyRequest): Promise<SignedInCaller> {
    return requireSignedIn(await this.identify(request));
  }

  private async authenticate(credential: Credential) {
    const { principal } = await this.auth.authenticate({ credential });
    const keys = [factKey.account(principal.accountId)];
    const hash = hashOf(credential);
    if (hash !== null) keys.push(factKey.token(hash));
    if (principal.workflow?.repositoryId) keys.push(factKey.repository(principal.workflow.repositoryId));
    const end = principal.expiresAt ? Date.parse(principal.expiresAt) : Infinity;
    // A session lives on while it is used: its owner hears of that once a minute.
    const expiresAt = credential.kind === 'session' ? Math.min(end, Date.now() + MINUTE) : end;
    return { value: principal, keys, expiresAt };
  }
}

const nameOfIssued = ({ accountId, tokenHash, passwordMark }: IssuedCredential): string =>
  `issued ${accountId} ${tokenHash ?? ''} ${passwordMark ?? ''}`;

/** By which a credential is announced when it ends; null of a password, which ends with a change of its account. */
function hashOf(credential: Credential): string | null {
  if (credential.kind === 'password') return null;
  return credential.kind === 'issued' ? credential.tokenHash : credential.hash;
}

const bearer = /^bearer ([^\s]+)$/i;

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
