import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, id, tokenInfo, type AuthClient } from '@packhouse/contracts';
import { PublicUrl } from '@packhouse/http';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';

const exchange = defineOperation({
  id: 'ours/exchange-id-token',
  method: 'POST',
  path: '/api/packhouse/v1/trusted-publishing/exchange',
  summary: 'Exchange the ID token of a CI job for a short-lived token',
  description:
    'The ID token is the credential. It must be for this instance (claim `aud`), be signed by an issuer that the owner trusts, and have the claims that the owner registered. Each passes once.',
  tags: ['trusted publishing'],
  auth: 'anyone',
  body: z.strictObject({
    idToken: z.string().min(1).max(20_000),
    owner: z.string().max(100),
    repository: z.string().max(100).optional(),
    package: z.string().min(1).max(300).optional(),
    format: z.string().max(40).optional(),
    publisher: id.optional(),
  }),
  responses: {
    201: tokenInfo.extend({ token: z.string(), publisherId: id }),
    401: 'The ID token proves nothing.',
    403: 'Nobody here trusts this job.',
  },
});

/** Where CI jobs get their tokens. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class TrustedPublishingController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Operation(exchange)
  async exchange(@Input() { body, request }: InputOf<typeof exchange>): Promise<object> {
    const { token, info, publisherId } = await this.auth.exchangeIdToken({
      ...{ idToken: body.idToken, ownerLogin: body.owner, publisherId: body.publisher ?? null },
      repositoryName: body.repository ?? null,
      packageName: body.package ?? null,
      format: body.format ?? null,
      audiences: [this.publicUrl.baseFor(request)],
      address: this.publicUrl.addressOf(request),
      requestId: request.id,
    });
    return { ...info, token, publisherId };
  }
}
