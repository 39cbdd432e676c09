import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req, UseInterceptors } from '@nestjs/common';
import { authContract, type AuthClient, type TokenInfo, type TokenScope } from '@packhouse/contracts';
import { actorOf, hasScope, InjectClient, requireWholeAccount } from '@packhouse/gateway-kit';
import { readJson } from '@packhouse/http';
import { DAY, DomainError, eachPage, hashToken } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { NoStore } from '../no-store';
import { NpmCallers } from '../npm-callers';
import { readQuery } from '../query';

const newToken = z.object({
  password: z.string().min(1).max(1000),
  name: z.string().max(200).optional(),
  description: z.string().max(500).optional(),
  readonly: z.boolean().optional(),
  expires: z.coerce.number().int().min(1).max(3650).optional(),
  packages_and_scopes_permission: z.enum(['read-only', 'read-write', 'no-access']).optional(),
});

const uuid = z.uuid();

/** `npm token` (A5.2). */
@Controller('_registry/npm/-/npm/v1/tokens')
@UseInterceptors(NoStore)
export class TokensController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: NpmCallers,
  ) {}

  @Get()
  async list(@Req() request: FastifyRequest, @Query() parameters: unknown): Promise<object> {
    const { principal } = await this.callers.signedIn(request);
    requireWholeAccount(principal);
    const query = readQuery(parameters);
    const size = Math.min(Math.max(Number.parseInt(query.get('perPage') ?? '', 10) || 10, 1), 100);
    const first = Math.max(Number.parseInt(query.get('page') ?? '', 10) || 0, 0);
    const tokens: TokenInfo[] = [];
    for await (const items of eachPage((cursor) =>
      this.auth.listTokens({ accountId: principal.accountId, cursor, limit: 100 }),
    ))
      tokens.push(...items);
    const isLast = (first + 1) * size >= tokens.length;
    const next = isLast
      ? {}
      : { next: `${this.callers.baseFor(request)}/-/npm/v1/tokens?page=${first + 1}&perPage=${size}` };
    return {
      objects: tokens.slice(first * size, (first + 1) * size).map(describeToken),
      total: tokens.length,
      urls: next,
    };
  }

  @Post()
  @HttpCode(200)
  async create(@Req() request: FastifyRequest): Promise<object> {
    const caller = await this.callers.forChange(request, 'account');
    const { principal } = caller;
    const body = newToken.safeParse(await readJson(request, 100_000));
    if (!body.success)
      throw new DomainError(
        'invalid_request',
        `The token request is not valid: ${body.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}.`,
      );
    const {
      password,
      name,
      description,
      readonly,
      expires,
      packages_and_scopes_permission: permission,
    } = body.data;
    await this.confirmPassword(principal.login, password);
    const wanted: TokenScope[] =
      readonly || permission === 'read-only'
        ? ['read:packages']
        : ['read:packages', 'write:packages', 'delete:packages'];
    const { scopes } = principal;
    const { token, info } = await this.auth.createToken({
      accountId: principal.accountId,
      name: name ?? description ?? 'npm token',
      scopes: wanted.filter((scope) => hasScope(scopes, scope)),
      expiresAt: expires ? new Date(Date.now() + expires * DAY).toISOString() : null,
      actor: actorOf(caller),
    });
    return { ...describeToken(info), token };
  }

  /** By the listed key, or by the token's own text. */
  @Delete('token/:key')
  @HttpCode(204)
  async revoke(@Req() request: FastifyRequest, @Param('key') key: string): Promise<void> {
    const caller = await this.callers.forChange(request, 'account');
    const which = uuid.safeParse(key).success ? { tokenId: key } : { hash: hashToken(key) };
    const { accountId } = caller.principal;
    await this.auth.revokeToken({ accountId, ...which, actor: actorOf(caller) });
  }

  /** The one-time password was asked for already; only the password itself is checked here. */
  private async confirmPassword(login: string, password: string): Promise<void> {
    try {
      await this.auth.authenticate({ credential: { kind: 'password', login, password } });
    } catch (error) {
      if (error instanceof DomainError && error.code === 'credentials_invalid')
        throw new DomainError('forbidden', 'The password is wrong.', {}, { cause: error });
      throw error;
    }
  }
}

/** npm crashes when `key` or `token` is missing; `token` is only its beginning. */
function describeToken(info: TokenInfo): object {
  return {
    key: info.id,
    token: info.prefix,
    name: info.name,
    cidr_whitelist: null,
    readonly: info.readonly,
    scopes: info.scopes,
    created: info.createdAt,
    updated: info.lastUsedAt ?? info.createdAt,
    expires: info.expiresAt,
  };
}
