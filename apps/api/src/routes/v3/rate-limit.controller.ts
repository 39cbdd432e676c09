import { Controller, UseInterceptors } from '@nestjs/common';
import { DomainError } from '@packhouse/kernel';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { RateLimits, type RateResource } from '../../rest/rate-limits';

const rate = z.object({
  limit: z.int(),
  used: z.int(),
  remaining: z.int(),
  reset: z.int(),
  resource: z.string(),
});

const getRateLimit = defineOperation({
  id: 'rate-limit/get',
  method: 'GET',
  path: '/api/v3/rate_limit',
  summary: 'How much one may still call; asking is not counted',
  tags: ['rate-limit'],
  auth: 'anyone',
  uncounted: true,
  responses: {
    200: z.object({ resources: z.object({ core: rate, search: rate, graphql: rate }), rate }),
    404: 'Rate limiting is not enabled.',
  },
});

/** What is left of the rate limits. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class RateLimitController {
  constructor(private readonly limits: RateLimits) {}

  @Operation(getRateLimit)
  async read(@Input() { caller }: InputOf<typeof getRateLimit>): Promise<object> {
    const show = async (resource: RateResource) => {
      const state = await this.limits.look(caller, resource);
      // Clients take this 404 as GitHub's server means it: no limits.
      if (!state) throw new DomainError('not_found', 'Rate limiting is not enabled.');
      const { limit, used, reset } = state;
      return { limit, used, remaining: limit - used, reset, resource };
    };
    const core = await show('core');
    return { resources: { core, search: core, graphql: await show('graphql') }, rate: core };
  }
}
