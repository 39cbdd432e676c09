import { Inject, Injectable } from '@nestjs/common';
import { Callers, RequestLimits, type Caller } from '@packhouse/gateway-kit';
import { PublicUrl, type Received } from '@packhouse/http';
import { DomainError, isDomainError, looksLikeToken } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { REGISTRY_PRODUCT, type RegistryName, type RegistryProduct } from '../product';
import { challengeOf, tokenServiceFor, type TokenService, type WantedScope } from './challenge';
import { isRefusal, RegistryAccess, type RegistryPlace } from './registry-access';
import { RegistryTokens } from './registry-tokens';
import type { RegistryAction } from './scope-grammar';
import type { AccessEntry, TokenClaims } from './token-claims';

/** Who makes a request to a registry, and what the token that it came with lets through. */
export interface RegistryCaller extends Caller {
  /** `nothing`: no Authorization at all; `token`: one of our own; `credential`: an access token or a password itself. */
  readonly via: 'nothing' | 'token' | 'credential';
  /** What the token says; nothing of this limits a credential. */
  readonly access: readonly AccessEntry[];
  /** Names that the token was asked for in vain. */
  readonly refused: readonly string[];
  readonly tokenService: TokenService;
}

const ownToken = /^bearer +(eyJ[\w-]*\.[\w-]+\.[\w-]*)$/i;
const anyBearer = /^bearer +([^\s]+)$/i;

/**
 * Callers of a registry (spec 5): by a token of its own, by an access token itself (as it is, or in base64), by Basic, or by
 * nothing. A token only narrows: what its holder may do is decided again for every request.
 */
@Injectable()
export class RegistryCallers {
  constructor(
    @Inject(REGISTRY_PRODUCT) private readonly product: RegistryProduct,
    private readonly callers: Callers,
    private readonly tokens: RegistryTokens,
    private readonly access: RegistryAccess,
    private readonly limits: RequestLimits,
    private readonly publicUrl: PublicUrl,
  ) {}

  /**
   * `wanted`: what the request needs, for the challenge. @throws DomainError 401 with a challenge for a credential that is
   * wrong, 429 for a caller beyond its limit.
   */
  identify(request: FastifyRequest, wanted: readonly WantedScope[] = []): Promise<RegistryCaller> {
    const found = this.identifyUncounted(request, wanted);
    // The challenge costs no more than a refusal, and with it begins every client, also those that have a token to come.
    if (!request.headers.authorization) return found;
    const isPush = wanted.some(({ actions }) => actions.includes('push'));
    return this.limits.admit(request, found, isPush || undefined);
  }

  /** The same for what clients ask before anything else, as supervisors do. */
  async identifyUncounted(
    request: FastifyRequest,
    wanted: readonly WantedScope[] = [],
  ): Promise<RegistryCaller> {
    const { authorization } = request.headers;
    const tokenService = tokenServiceFor(this.publicUrl, this.product, request);
    if (!authorization) return this.nobody(request, request.id, tokenService);
    try {
      const token = ownToken.exec(authorization)?.[1];
      if (token !== undefined) return await this.holderOf(token, request, tokenService);
      const caller = await this.callers.identify(request, readableAuthorization(authorization));
      return { ...caller, via: 'credential', access: [], refused: [], tokenService };
    } catch (error) {
      throw challenged(error, challengeOf(tokenService, { scopes: wanted, error: 'invalid_token' }));
    }
  }

  /** The same, if it is known without asking; null as well for what has to be refused. */
  recall(request: Received): RegistryCaller | null {
    const caller = this.recallUncounted(request);
    return caller && this.limits.admitNow(request.raw, caller) ? caller : null;
  }

  private recallUncounted(request: Received): RegistryCaller | null {
    const { authorization } = request.headers;
    if (!authorization) return null;
    const token = ownToken.exec(authorization)?.[1];
    if (token === undefined) {
      const caller = this.callers.recall(request);
      return caller && this.withService({ ...caller, via: 'credential', access: [], refused: [] }, request);
    }
    const claims = this.tokens.recall(token);
    if (!claims) return null;
    const issued = issuedOf(claims);
    const principal = issued && this.callers.recallIssued(issued);
    if (issued && !principal) return null;
    return this.withService(this.callerOf(claims, principal, request, ''), request);
  }

  /**
   * The place that the caller may use so: of several actions the last one says which it is.
   * @throws DomainError 401 with a challenge where a token could help or is too narrow; the reason is that of the decision.
   * Who sent a credential itself is refused as everywhere: `not_found` for what it may not read, else `forbidden`.
   */
  async requireAccess(
    caller: RegistryCaller,
    name: RegistryName,
    actions: readonly [RegistryAction, ...RegistryAction[]],
    also: readonly WantedScope[] = [],
  ): Promise<RegistryPlace> {
    const wanted = [{ name: name.repositoryName, actions }, ...also];
    this.requireSomething(caller, wanted);
    const action = actions.at(-1) ?? 'pull';
    if (!this.covers(caller, name.repositoryName, actions) && !this.wasRefused(caller, name.repositoryName))
      throw this.tooNarrow(caller, wanted);
    try {
      // Who pushes is told of what is in the place itself: other content would not be there for its manifest.
      const readThrough = !this.covers(caller, name.repositoryName, ['push']);
      const place = await this.access.open(caller, name, action, { readThrough });
      if (this.covers(caller, name.repositoryName, actions)) return place;
    } catch (error) {
      if (caller.via === 'credential' || !isRefusal(error)) throw error;
      throw this.tooNarrow(caller, wanted, error.message);
    }
    throw this.tooNarrow(caller, wanted);
  }

  /** The package that the caller may pull from, if that is known without asking. */
  recallAccess(caller: RegistryCaller, name: RegistryName): RegistryPlace | null {
    if (!this.covers(caller, name.repositoryName, ['pull'])) return null;
    return this.access.recall(caller, name);
  }

  /** Any good token will do, and nothing will not: clients learn from this where to get one (spec 5.1). */
  requireSomething(caller: RegistryCaller, scopes: readonly WantedScope[] = [], catalog = false): void {
    if (caller.via !== 'nothing') return;
    throw new DomainError(
      'unauthenticated',
      'Authentication is required: fetch a token from the address that the challenge names, or sign in.',
      { challenge: challengeOf(caller.tokenService, { scopes, catalog }) },
    );
  }

  /** The list of names is for those who signed in. */
  requireCatalog(caller: RegistryCaller): void {
    this.requireSomething(caller, [], true);
    const isCovered = caller.via === 'credential' || caller.access.some(({ type }) => type === 'registry');
    if (isCovered && caller.principal) return;
    throw new DomainError('unauthenticated', 'Sign in to list what there is.', {
      challenge: challengeOf(caller.tokenService, { catalog: true, error: 'insufficient_scope' }),
    });
  }

  /** Whether the token says that its holder may do all this; a credential says nothing of it, and so does not limit. */
  covers(caller: RegistryCaller, repositoryName: string, actions: readonly RegistryAction[]): boolean {
    if (caller.via !== 'token') return caller.via === 'credential';
    const entry = caller.access.find(({ type, name }) => type === 'repository' && name === repositoryName);
    const said: readonly string[] = entry?.actions ?? [];
    return actions.every((action) => said.includes(action));
  }

  /** Whether the token was asked for this name already and does not say all: a new one would not either. */
  wasRefused(caller: RegistryCaller, repositoryName: string): boolean {
    return caller.refused.includes(repositoryName);
  }

  /** For a token that does not say enough: which would. */
  tooNarrow(caller: RegistryCaller, scopes: readonly WantedScope[], sentence?: string): DomainError {
    return new DomainError(
      'unauthenticated',
      sentence ?? 'The token does not cover this: fetch one with the scope that the challenge names.',
      { challenge: challengeOf(caller.tokenService, { scopes, error: 'insufficient_scope' }) },
    );
  }

  private async holderOf(
    token: string,
    request: FastifyRequest,
    tokenService: TokenService,
  ): Promise<RegistryCaller> {
    const claims = await this.tokens.verify(token);
    const issued = issuedOf(claims);
    const principal = issued && (await this.callers.principalOfIssued(issued));
    return { ...this.callerOf(claims, principal, request, request.id), tokenService };
  }

  private callerOf(
    { access, refused, holder }: TokenClaims,
    principal: Caller['principal'],
    request: Received,
    requestId: string,
  ): Omit<RegistryCaller, 'tokenService'> {
    const address = this.publicUrl.addressOf(request);
    return { principal, tokenHash: holder?.token ?? null, address, requestId, via: 'token', access, refused };
  }

  private nobody(request: Received, requestId: string, tokenService: TokenService): RegistryCaller {
    const address = this.publicUrl.addressOf(request);
    const caller = { principal: null, tokenHash: null, address, requestId };
    return { ...caller, via: 'nothing', access: [], refused: [], tokenService };
  }

  private withService(caller: Omit<RegistryCaller, 'tokenService'>, request: Received): RegistryCaller {
    // What is known without asking is hardly ever refused.
    const find = (): TokenService => tokenServiceFor(this.publicUrl, this.product, request);
    return {
      ...caller,
      get tokenService() {
        return find();
      },
    };
  }
}

function issuedOf({ holder }: TokenClaims) {
  return holder && { accountId: holder.account, tokenHash: holder.token, passwordMark: holder.password };
}

/** An access token is welcome in base64 too: scripts for other registries send it so. */
export function readableAuthorization(authorization: string): string {
  const value = anyBearer.exec(authorization)?.[1];
  if (value === undefined || looksLikeToken(value)) return authorization;
  const text = Buffer.from(value, 'base64').toString('utf8');
  return looksLikeToken(text) ? `Bearer ${text}` : authorization;
}

function challenged(error: unknown, challenge: string): unknown {
  if (!isDomainError(error, 'credentials_invalid') && !isDomainError(error, 'otp_required')) return error;
  return new DomainError(error.code, error.message, { ...error.details, challenge }, { cause: error });
}
