import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter, type Type } from '@nestjs/common';
import { DomainError, errorTable } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isBodyHeld } from './held-body';

/** How one edge shows a failure to its clients. */
export interface RenderedError {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | object;
}

export type ErrorRenderer = (error: DomainError, request: FastifyRequest) => RenderedError;

/** Anything that is thrown, as the failure a caller may see: bugs become `internal`, routing failures keep their meaning. */
export function toDomainError(thrown: unknown): DomainError {
  if (thrown instanceof DomainError) return thrown;
  const status = thrown instanceof HttpException ? thrown.getStatus() : statusOf(thrown);
  if (status === 404) return new DomainError('not_found', undefined, {}, { cause: thrown });
  if (status === 413) return new DomainError('payload_too_large', undefined, {}, { cause: thrown });
  if (status !== undefined && status >= 400 && status < 500)
    return new DomainError('invalid_request', undefined, {}, { cause: thrown });
  return new DomainError('internal', undefined, {}, { cause: thrown });
}

function statusOf(thrown: unknown): number | undefined {
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

/**
 * Answers a failed request in the dress of its edge and logs it at the level of its code, with the request id.
 * A failure after the first byte can only cut the connection, so that no client takes half a file for a whole one.
 */
export function answerError(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  render: ErrorRenderer,
  logger: Logger,
): void {
  const error = toDomainError(thrown);
  const facts = {
    requestId: request.id,
    code: error.code,
    method: request.method,
    error: error.code === 'internal' ? error.cause : undefined,
  };
  logger[errorTable[error.code].level](facts, error.message);
  if (reply.sent || reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  const { status, headers, body } = render(error, request);
  for (const [name, value] of Object.entries(headers ?? {})) void reply.header(name, value);
  void reply.status(status).header('x-request-id', request.id).header('cache-control', 'no-store');
  void reply.send(request.raw.complete ? body : discardUpload(request, reply, body));
}

/** How much of a refused upload is read on, for its client to get to the answer. */
const MOST_DISCARDED = 256_000_000;

/**
 * Reads the rest of the body, up to a bound, and throws it away: a client that is cut off while it sends never sees the
 * answer. Where the connection closes with the answer, the answer waits for the upload's end. A body that the client has
 * held back so far is not asked for any more.
 */
function discardUpload(
  { raw }: FastifyRequest,
  reply: FastifyReply,
  body: string | object,
): string | object | Readable {
  if (isBodyHeld(raw)) {
    void reply.header('connection', 'close');
    return body;
  }
  const discarded = discardBody(raw);
  if (reply.raw.shouldKeepAlive) {
    void discarded.then((isAll) => isAll || raw.destroy());
    return body;
  }
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  void reply.header('content-length', Buffer.byteLength(text));
  if (!reply.hasHeader('content-type'))
    void reply.header(
      'content-type',
      `${typeof body === 'string' ? 'text/plain' : 'application/json'}; charset=utf-8`,
    );
  const afterUpload = async function* () {
    await discarded;
    yield text;
  };
  return Readable.from(afterUpload(), { objectMode: false });
}

/** Reads what comes and drops it: true at its end, false when it was too much or broke off. */
function discardBody(raw: IncomingMessage): Promise<boolean> {
  if (raw.readableEnded) return Promise.resolve(true);
  return new Promise((resolve) => {
    let size = 0;
    raw.once('end', () => resolve(true));
    raw.once('close', () => resolve(false));
    raw.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MOST_DISCARDED) return;
      raw.pause();
      resolve(false);
    });
    raw.unpipe().resume();
  });
}

/** A Nest exception filter for the controllers of one edge. */
export function createErrorFilter(render: ErrorRenderer, logger: Logger): Type<ExceptionFilter> {
  @Catch()
  class EdgeErrorFilter implements ExceptionFilter {
    catch(thrown: unknown, host: ArgumentsHost): void {
      const http = host.switchToHttp();
      answerError(
        thrown,
        http.getRequest<FastifyRequest>(),
        http.getResponse<FastifyReply>(),
        render,
        logger,
      );
    }
  }
  return EdgeErrorFilter;
}
