import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { authContract, tokenScope, type AuthClient } from '@packhouse/contracts';
import { actorOf, type SignedInCaller } from '@packhouse/gateway-kit';
import { DAY, DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiCallers } from '../api-callers';
import { checkInput, readInput } from '../read-input';
import { pageQuery } from './users.controller';

const newToken = z.strictObject({
  name: z.string().min(1).max(200),
  scopes: z.array(tokenScope).default(['read:packages']),
  expiresAt: z.iso.datetime().optional(),
  expiresInDays: z.number().int().min(1).max(3650).optional(),
});

/** Classic access tokens: shown once, listed without their text, revoked at once. */
@Controller('api/packhouse/v1')
export class TokensController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: ApiCallers,
  ) {}

  @Get('tokens')
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<object> {
    const { principal } = await this.callers.signedIn(request);
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
    const { principal } = caller;
    const { name, scopes, expiresAt, expiresInDays } = await readInput(request, newToken);
    const beyond = scopes.filter((scope) => principal.scopes && !principal.scopes.includes(scope));
    if (beyond.length > 0)
      throw new DomainError(
        'forbidden',
        `A token cannot make one with more scopes than its own: ${beyond.join(', ')}.`,
      );
    const expiry =
      expiresAt ?? (expiresInDays ? new Date(Date.now() + expiresInDays * DAY).toISOString() : null);
    const { token, info } = await this.auth.createToken({
      accountId,
      name,
      scopes,
      expiresAt: expiry,
      actor: actorOf(caller),
    });
    return { ...info, token };
  }
}
