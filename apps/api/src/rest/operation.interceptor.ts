import { Readable } from 'node:stream';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Callers, SecondFactor, type Caller } from '@packhouse/gateway-kit';
import { matchesEtag, PublicUrl } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, mergeMap, type Observable } from 'rxjs';
import { Answer } from './answer';
import { absoluteLinks, LINK } from './links';
import { declarationOf, noteDeclaration, noteInput, type OperationDeclaration } from './operation';
import { readOperationInput } from './operation-input';
import { rateHeaders, RateLimits, refuseExceeded, type RateSubject } from './rate-limits';
import { commonHeaders, scopeHeaders } from './request-headers';
import { requireAnyScope } from './scope-check';
import { encodeJson, sha1Hex, WrittenJson } from './written-json';

/** What happens around every declared operation: see the top of operation.ts. */
@Injectable()
export class OperationInterceptor implements NestInterceptor {
  constructor(
    private readonly callers: Callers,
    private readonly secondFactor: SecondFactor,
    private readonly publicUrl: PublicUrl,
    private readonly limits: RateLimits,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const declaration = declarationOf(context.getHandler());
    // The catch-all routes of a controller are no operations.
    if (!declaration) return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    noteDeclaration(request, declaration);
    void reply.headers(commonHeaders(request));
    const caller = await this.admit(declaration, request, reply);
    noteInput({ ...(await readOperationInput(declaration, request)), caller, request, reply });
    return next.handle().pipe(
      map((value) => this.answer(declaration, request, reply, value)),
      mergeMap((text) => this.giveBackUnchanged(declaration, caller, reply, text)),
    );
  }

  private async admit(
    declaration: OperationDeclaration,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Caller> {
    const caller = await this.identify(declaration, request, reply);
    const { principal } = caller;
    void reply.headers(scopeHeaders(principal));
    if (!principal) {
      if (declaration.auth !== 'anyone') throw new DomainError('unauthenticated');
      return caller;
    }
    requireAnyScope(principal, declaration.scopes ?? []);
    requireAnyScope(principal, declaration.alsoScopes ?? []);
    if (declaration.secondFactor)
      await this.secondFactor.confirm(
        request,
        { ...caller, principal },
        declaration.secondFactor,
        oneTimePassword(request),
      );
    return caller;
  }

  /** A wrong credential counts against the address: guessing is not free. */
  private async identify(
    declaration: OperationDeclaration,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Caller> {
    const caller = await this.callers.identify(request).catch(async (error: unknown) => {
      await this.count(declaration, { principal: null, address: this.publicUrl.addressOf(request) }, reply);
      throw error;
    });
    await this.count(declaration, caller, reply);
    return caller;
  }

  private async count(
    { uncounted }: OperationDeclaration,
    subject: RateSubject,
    reply: FastifyReply,
  ): Promise<void> {
    const state = uncounted ? await this.limits.look(subject) : await this.limits.take(subject);
    void reply.headers(rateHeaders(state));
    if (!uncounted) refuseExceeded(state, subject);
  }

  /** As on GitHub, asking whether an answer still holds costs nothing for who signed in. */
  private async giveBackUnchanged(
    { uncounted }: OperationDeclaration,
    caller: Caller,
    reply: FastifyReply,
    text: unknown,
  ): Promise<unknown> {
    if (reply.statusCode === 304 && caller.principal && !uncounted)
      void reply.headers(rateHeaders(await this.limits.take(caller, 'core', -1)));
    return text;
  }

  private answer(
    { contentType }: OperationDeclaration,
    request: FastifyRequest,
    reply: FastifyReply,
    value: unknown,
  ): unknown {
    const { status, body, headers } = value instanceof Answer ? value : new Answer(null, value);
    if (status !== null) void reply.status(status);
    void reply.headers(headers);
    const links = headers[LINK];
    if (links !== undefined) void reply.header(LINK, absoluteLinks(links, this.publicUrl.baseFor(request)));
    if (body === undefined) return undefined;
    void reply.header('content-type', contentType ?? 'application/json; charset=utf-8');
    if (body instanceof Readable) return request.method === 'HEAD' ? dropStream(body) : body;
    // Encoded once, for the hash and for the wire.
    const bytes = typeof body === 'string' && contentType ? Buffer.from(body) : encodeJson(body);
    if (request.method !== 'GET' && request.method !== 'HEAD') return bytes;
    return conditional(request, reply, bytes, hashOf(body, bytes));
  }
}

/** Nobody takes what would be read for a HEAD. */
function dropStream(body: Readable): string {
  body.destroy();
  return '';
}

/** GitHub's header, and ours of before. */
export function oneTimePassword({ headers }: FastifyRequest): string | undefined {
  const otp = headers['x-github-otp'] ?? headers['x-packhouse-otp'];
  return typeof otp === 'string' ? otp : undefined;
}

function hashOf(body: unknown, bytes: Buffer): string {
  return body instanceof WrittenJson ? body.hash : sha1Hex(bytes);
}

/** Clients keep answers, and ask each time whether they still hold: rights may end at any moment. */
function conditional(
  request: FastifyRequest,
  reply: FastifyReply,
  bytes: Buffer,
  hash: string,
): Buffer | undefined {
  const etag = `W/"${hash}"`;
  void reply.headers({
    etag,
    'cache-control': 'private, no-cache',
    vary: 'Accept, Authorization, Cookie, X-GitHub-OTP',
  });
  if (reply.statusCode !== 200 || !matchesEtag(request.headers['if-none-match'], etag)) return bytes;
  void reply.status(304).removeHeader('content-type');
  return undefined;
}
