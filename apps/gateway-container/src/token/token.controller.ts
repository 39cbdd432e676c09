import { Controller, Get, HttpCode, Post, Req, Res, type Type } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RegistryProduct } from '../product';
import type { IssuedToken } from './registry-tokens';
import { TokenKeys } from './token-keys';
import { readForm, readQuery } from './token-request';
import { TokenService } from './token-service';

/** Clients keep the public keys so long; a key is shown for longer than that before it signs. */
const KEYS_MAX_AGE_SECONDS = 600;

/** The token service of a product, below its mount: `token` for clients, `token/keys` for who wants to verify tokens. */
export function tokenControllerFor({ mount }: RegistryProduct): Type {
  @Controller(mount.slice(1))
  class TokenController {
    constructor(
      private readonly tokens: TokenService,
      private readonly keys: TokenKeys,
    ) {}

    @Get('token')
    async byQuery(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
      const issued = await this.tokens.issue(request, readQuery(request));
      send(reply, bodyOf(issued));
    }

    /** Says besides what was granted, as OAuth 2 wants it (RFC 6749, section 5.1). */
    @Post('token')
    @HttpCode(200)
    async byForm(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
      const issued = await this.tokens.issue(request, await readForm(request));
      const scope = issued.access.map(({ type, name, actions }) => `${type}:${name}:${actions.join()}`);
      send(reply, { ...bodyOf(issued), token_type: 'Bearer', scope: scope.join(' ') });
    }

    @Get('token/keys')
    async publicKeys(@Res() reply: FastifyReply): Promise<void> {
      const keys = await this.keys.publicKeys();
      send(reply, keys, `public, max-age=${KEYS_MAX_AGE_SECONDS}`);
    }
  }
  return TokenController;
}

/**
 * Both names, as some clients know the one and some the other. No `issued_at`: clients would add the lifetime to it and
 * compare with a clock of their own, and one that is wrong would fetch a token for every request (spec 5.2). Never a
 * `refresh_token`: a client that gets one forgets the password.
 */
function bodyOf({ token, expiresInSeconds }: IssuedToken): object {
  return { token, access_token: token, expires_in: expiresInSeconds };
}

function send(reply: FastifyReply, body: object, cacheControl = 'no-store'): void {
  void reply
    .header('content-type', 'application/json')
    .header('cache-control', cacheControl)
    .header('docker-distribution-api-version', 'registry/2.0')
    .send(JSON.stringify(body));
}
