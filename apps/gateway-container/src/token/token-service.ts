import { Inject, Injectable } from '@nestjs/common';
import { authContract, type AuthClient, type Principal } from '@packhouse/contracts';
import { Callers, InjectClient, readCredential, type Caller } from '@packhouse/gateway-kit';
import { PublicUrl } from '@packhouse/http';
import type { FastifyRequest } from 'fastify';
import { REGISTRY_PRODUCT, type RegistryProduct } from '../product';
import { tokenServiceFor } from './challenge';
import { RegistryAccess } from './registry-access';
import { readableAuthorization } from './registry-callers';
import { RegistryTokens, type IssuedToken } from './registry-tokens';
import { parseScopes } from './scope-grammar';
import type { AccessEntry } from './token-claims';
import type { TokenRequest } from './token-request';

interface Holder {
  readonly caller: Caller;
  readonly passwordMark: string | null;
}

/**
 * Gives tokens to whoever asks: what they say is what was asked for and the caller may do, which may be nothing. Only
 * wrong credentials are refused (spec 5.2); how often they may be tried is the permission service's to say.
 */
@Injectable()
export class TokenService {
  constructor(
    @Inject(REGISTRY_PRODUCT) private readonly product: RegistryProduct,
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: Callers,
    private readonly access: RegistryAccess,
    private readonly tokens: RegistryTokens,
    private readonly publicUrl: PublicUrl,
  ) {}

  /** @throws DomainError `credentials_invalid`, `otp_required`, `rate_limited`, or `forbidden` of a suspended account. */
  async issue(
    request: FastifyRequest,
    { scopes, password }: TokenRequest,
  ): Promise<IssuedToken & { readonly access: readonly AccessEntry[] }> {
    const { caller, passwordMark } = await this.findHolder(request, password);
    const { service } = tokenServiceFor(this.publicUrl, this.product, request);
    const { access, refused } = await this.access.grant(caller, parseScopes(scopes), service);
    const { principal, tokenHash } = caller;
    const issued = await this.tokens.issue({
      ...{ access, refused, login: principal?.login ?? '', endsAt: endOf(principal) },
      holder: principal && { account: principal.accountId, token: tokenHash, password: passwordMark },
    });
    return { ...issued, access };
  }

  private async findHolder(request: FastifyRequest, form: TokenRequest['password']): Promise<Holder> {
    const address = this.publicUrl.addressOf(request);
    const header = form ? headerOf(form) : readableAuthorization(request.headers.authorization ?? '');
    const credential = readCredential(header, address);
    if (credential?.kind !== 'password')
      return { caller: await this.callers.identify(request, header), passwordMark: null };
    // Always asked: the permission service counts what is wrong, and says which password it was.
    const { principal, passwordMark } = await this.auth.authenticate({ credential });
    return { caller: { principal, tokenHash: null, address, requestId: request.id }, passwordMark };
  }
}

/** The header that says the same as the form: an access token in the place of the password is one there too. */
function headerOf({ login, password }: NonNullable<TokenRequest['password']>): string {
  return `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
}

function endOf(principal: Principal | null): number {
  return principal?.expiresAt ? Date.parse(principal.expiresAt) : Infinity;
}
