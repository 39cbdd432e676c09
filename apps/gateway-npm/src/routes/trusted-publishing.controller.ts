import { Controller, HttpCode, Param, Post, Req, UseInterceptors } from '@nestjs/common';
import { authContract, type AuthClient } from '@packhouse/contracts';
import { InjectClient } from '@packhouse/gateway-kit';
import { PublicUrl } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { NoStore } from '../no-store';
import { flowName, readName } from '../npm-packages';
import { npmFormat } from '../npm.format';

/**
 * Trusted publishing as npm, pnpm and Yarn do it in CI (A7): the ID token of the job comes as the credential, the token
 * to publish with goes back. Clients take the path from the root of the host, whatever path the registry has.
 */
@Controller(['-/npm/v1/oidc/token/exchange/package', '_registry/npm/-/npm/v1/oidc/token/exchange/package'])
@UseInterceptors(NoStore)
export class TrustedPublishingController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Post(':scope/:name')
  @HttpCode(201)
  async exchange(
    @Req() request: FastifyRequest,
    @Param('scope') scope: string,
    @Param('name') bareName: string,
  ): Promise<object> {
    const name = readName({ scope: scope.replace(/^@/, ''), name: bareName });
    const base = this.publicUrl.baseFor(request);
    const { token, info } = await this.auth.exchangeIdToken({
      idToken: readIdToken(request),
      ownerLogin: flowName(name).ownerLogin,
      packageName: name.name,
      format: npmFormat.id,
      // What npm asks the CI system for; and, for CI systems configured by hand, the instance itself.
      audiences: [`npm:${new URL(base).hostname}`, base],
      address: this.publicUrl.addressOf(request),
      requestId: request.id,
    });
    return { token, token_type: 'oidc', created: info.createdAt, expires: info.expiresAt };
  }
}

function readIdToken({ headers }: FastifyRequest): string {
  const [, token] = /^Bearer (\S{1,20000})$/i.exec(headers.authorization ?? '') ?? [];
  if (token !== undefined) return token;
  throw new DomainError(
    'unauthenticated',
    'Send the ID token of the CI job: Authorization: Bearer ID-TOKEN.',
  );
}
