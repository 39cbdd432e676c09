import { Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { Callers, type SignedInCaller } from '@packhouse/gateway-kit';
import { PublicUrl } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { rateHeaders, RateLimits, refuseExceeded, type RateSubject } from '../rest/rate-limits';
import { commonHeaders } from '../rest/request-headers';
import { GraphqlExecutor, type GraphqlAnswer } from './graphql-executor';
import { readGet, readPost } from './graphql-request';
import { GraphqlSettings } from './graphql.settings';

/** GitHub's packages in GraphQL, for every format. Only for who signed in, as at GitHub. */
@Controller('api/graphql')
export class GraphqlController {
  constructor(
    private readonly callers: Callers,
    private readonly limits: RateLimits,
    private readonly publicUrl: PublicUrl,
    private readonly executor: GraphqlExecutor,
    private readonly settings: GraphqlSettings,
  ) {}

  @Post()
  @HttpCode(200)
  async post(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GraphqlAnswer> {
    const caller = await this.admit(request, reply);
    const query = await readPost(request, this.settings.values.maxRequest);
    return this.executor.run(query, caller, request, reply);
  }

  /** Queries only: a link must not change anything. */
  @Get()
  async get(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GraphqlAnswer> {
    const caller = await this.admit(request, reply);
    const query = readGet(request, this.settings.values.maxRequest);
    return this.executor.run(query, caller, request, reply);
  }

  /** One point before anything is read; a large query takes more once its cost is known. */
  private async admit(request: FastifyRequest, reply: FastifyReply): Promise<SignedInCaller> {
    void reply.headers(commonHeaders(request)).header('cache-control', 'no-store');
    const caller = await this.callers.identify(request).catch(async (error: unknown) => {
      await this.count({ principal: null, address: this.publicUrl.addressOf(request) }, reply);
      throw error;
    });
    await this.count(caller, reply);
    if (!caller.principal) throw new DomainError('unauthenticated');
    return { ...caller, principal: caller.principal };
  }

  private async count(subject: RateSubject, reply: FastifyReply): Promise<void> {
    const state = await this.limits.take(subject, 'graphql');
    void reply.headers(rateHeaders(state));
    refuseExceeded(state, subject);
  }
}
