import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Callers, SecondFactor, type Caller } from '@packhouse/gateway-kit';
import { matchesEtag, PublicUrl } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { Answer } from './answer';
import { absoluteLinks, LINK } from './links';
import { declarationOf, noteDeclaration, noteInput, type OperationDeclaration } from './operation';
import { readOperationInput } from './operation-input';
import { commonHeaders, scopeHeaders } from './request-headers';
import { requireAnyScope } from './scope-check';

/** What happens around every declared operation: see the top of operation.ts. */
@Injectable()
export class OperationInterceptor implements NestInterceptor {
  constructor(
    private readonly callers: Callers,
    private readonly secondFactor: SecondFactor,
    private readonly publicUrl: PublicUrl,
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
    return next.handle().pipe(map((value) => this.answer(declaration, request, reply, value)));
  }

  private async admit(
    declaration: OperationDeclaration,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Caller> {
    const caller = await this.callers.identify(request);
    const { principal } = caller;
    void reply.headers(scopeHeaders(principal));
    if (!principal) {
      if (declaration.auth !== 'anyone') throw new DomainError('unauthenticated');
      return caller;
    }
    requireAnyScope(principal, declaration.scopes ?? []);
    if (declaration.secondFactor)
      await this.secondFactor.confirm(
        request,
        { ...caller, principal },
        declaration.secondFactor,
        oneTimePassword(request),
      );
    return caller;
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
    if (body instanceof Readable) return body;
    const text = typeof body === 'string' && contentType ? body : JSON.stringify(body);
    return request.method === 'GET' || request.method === 'HEAD' ? conditional(request, reply, text) : text;
  }
}

/** GitHub's header, and ours of before. */
export function oneTimePassword({ headers }: FastifyRequest): string | undefined {
  const otp = headers['x-github-otp'] ?? headers['x-packhouse-otp'];
  return typeof otp === 'string' ? otp : undefined;
}

/** Clients keep answers, and ask each time whether they still hold: rights may end at any moment. */
function conditional(request: FastifyRequest, reply: FastifyReply, text: string): string | undefined {
  const etag = `W/"${createHash('sha1').update(text).digest('hex')}"`;
  void reply.headers({
    etag,
    'cache-control': 'private, no-cache',
    vary: 'Accept, Authorization, Cookie, X-GitHub-OTP',
  });
  if (reply.statusCode !== 200 || !matchesEtag(request.headers['if-none-match'], etag)) return text;
  void reply.status(304).removeHeader('content-type');
  return undefined;
}
