import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { hasScope, scopeOfAction } from '@packhouse/access';
import {
  authContract,
  packageAction,
  tokenLimits,
  tokenScope,
  type AuthClient,
  type PackageAction,
  type TokenLimits,
  type TokenScope,
} from '@packhouse/contracts';
import { actorOf, requireWholeAccount, type SignedInCaller } from '@packhouse/gateway-kit';
import { DAY, DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiCallers } from '../api-callers';
import { checkInput, readInput } from '../read-input';
import { pageQuery } from './users.controller';

const limits = z.strictObject({
  owner: z.string().max(100),
  /** Names as their format writes them, `*` for any run of characters; left out: every package of the owner. */
  packages: tokenLimits.shape.packages.default(null),
  actions: z.array(packageAction).min(1).max(4),
});

const newToken = z
  .strictObject({
    name: z.string().min(1).max(200),
    scopes: z.array(tokenScope).optional(),
    limits: limits.optional(),
    expiresAt: z.iso.datetime().optional(),
    expiresInDays: z.number().int().min(1).max(3650).optional(),
  })
  .refine(({ scopes, limits }) => !(scopes && limits), {
    error: 'a token has either "scopes" (classic) or "limits" (fine-grained)',
  });

/** Access tokens of people: shown once, listed without their text, revoked at once. */
@Controller('api/packhouse/v1')
export class TokensController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: ApiCallers,
  ) {}

  @Get('tokens')
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<object> {
    const { principal } = await this.callers.signedIn(request);
    requireWholeAccount(principal);
    return this.auth.listTokens({ accountId: principal.accountId, ...checkInput(pageQuery, query) });
  }

  @Post('tokens')
  @HttpCode(201)
  async create(@Req() request: FastifyRequest): Promise<object> {
    const caller = await this.callers.forChange(request, 'user');
    return this.createFor(request, caller, caller.principal.accountId);
  }

  /** For somebody else, by a site administrator: robots, and people who cannot sign in yet. */
  @Post('users/:login/tokens')
  @HttpCode(201)
  async createForUser(@Req() request: FastifyRequest, @Param('login') login: string): Promise<object> {
    const caller = await this.callers.siteAdmin(request);
    const account = await this.callers.findAccount(login, 'user');
    return this.createFor(request, caller, account.id);
  }

  @Delete('tokens/:id')
  @HttpCode(204)
  async revoke(@Req() request: FastifyRequest, @Param('id') id: string): Promise<void> {
    const caller = await this.callers.forChange(request, 'user');
    if (!z.uuid().safeParse(id).success) throw new DomainError('not_found', 'There is no such token.');
    const { accountId } = caller.principal;
    await this.auth.revokeToken({ accountId, tokenId: id, actor: actorOf(caller) });
  }

  private async createFor(
    request: FastifyRequest,
    caller: SignedInCaller,
    accountId: string,
  ): Promise<object> {
    const input = await readInput(request, newToken);
    const { name, expiresAt, expiresInDays } = input;
    const scopes = input.scopes ?? (input.limits ? [] : (['read:packages'] as const));
    refuseWider(caller, scopes, input.limits?.actions ?? []);
    const expiry =
      expiresAt ?? (expiresInDays ? new Date(Date.now() + expiresInDays * DAY).toISOString() : null);
    const { token, info } = await this.auth.createToken({
      accountId,
      name,
      scopes: [...scopes],
      limits: input.limits ? await this.readLimits(input.limits) : null,
      expiresAt: expiry,
      actor: actorOf(caller),
    });
    return { ...info, token };
  }

  private async readLimits({ owner, packages, actions }: z.infer<typeof limits>): Promise<TokenLimits> {
    const { account } = await this.auth.findAccount({ login: owner });
    if (!account || account.kind === 'bot')
      throw new DomainError('not_found', `There is no user or organization "${owner.slice(0, 60)}".`);
    return { ownerId: account.id, packages, actions: [...new Set(actions)] };
  }
}

/** A token makes no token that reaches further than itself. */
function refuseWider(
  { principal }: SignedInCaller,
  scopes: readonly TokenScope[],
  actions: readonly PackageAction[],
): void {
  const wanted = [...scopes, ...actions.map((action) => scopeOfAction[action])];
  const beyond = wanted.filter((scope) => !hasScope(principal.scopes, scope));
  if (beyond.length === 0) return;
  throw new DomainError(
    'forbidden',
    `A token cannot make one with more scopes than its own: ${[...new Set(beyond)].join(', ')}.`,
  );
}
