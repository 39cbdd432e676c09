import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServerSettings } from '@packhouse/config';
import {
  answerError,
  noteHeldBody,
  type ErrorRenderer,
  type PublicUrl,
  type RenderedError,
  type WarmReads,
} from '@packhouse/http';
import type { HealthRegistry, Logger } from '@packhouse/observability';
import { redactText } from '@packhouse/observability';
import { SECOND } from '@packhouse/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { explainCause, StartError } from './start-error';
import { createUrlRewriter, type Mounts } from './url-rewriter';

/** Longer than the idle time of common load balancers (60 s), so that they close a connection first. */
const KEEP_ALIVE_MS = 75 * SECOND;
const HEADERS_TIMEOUT_MS = 30 * SECOND;
/** A connection on which nothing moves for this long is cut; uploads and downloads may take any time in all. */
const SILENCE_MS = 300 * SECOND;
/** How soon a connection that became idle while we stop is closed. */
const IDLE_CHECK_MS = 50;
const MAX_HEADER_BYTES = 32 * 1024;
/** Fastify's own limit of 100 characters answers long names with a 404 of its own. */
const MAX_PARAM_LENGTH = 4096;

export interface HttpParts {
  readonly server: ServerSettings;
  readonly mounts: Mounts;
  readonly publicUrl: PublicUrl;
  readonly warmReads: WarmReads;
  readonly health: HealthRegistry;
  readonly logger: Logger;
  /** Write a line for each request; costs throughput. */
  readonly logRequests: boolean;
}

/** Reads the code of the HTTP server before it is needed. A failure shows when it is. */
export async function preloadHttp(): Promise<void> {
  await import('@nestjs/platform-fastify').catch(() => undefined);
}

/** The adapter of the one HTTP server of a process, with its limits. Loaded only by processes that listen. */
export async function createHttpAdapter(parts: HttpParts): Promise<FastifyAdapter> {
  const fastifyPlatform = await import('@nestjs/platform-fastify');
  const publicHost = memoise(
    () => parts.publicUrl.base,
    (base) => new URL(base).host,
  );
  const renderError = renderByMount(parts.mounts);
  const adapter = new fastifyPlatform.FastifyAdapter({
    skipMiddie: true,
    rewriteUrl: createUrlRewriter(parts.mounts, { subdomains: parts.server.subdomains, publicHost }),
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    genReqId: requestIds(),
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: SILENCE_MS,
    // Requests that arrive on open connections while we stop are served; their connections are closed behind them.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    http: { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS },
    frameworkErrors: (error: Error, request: unknown, reply: unknown) => {
      answerError(error, request as FastifyRequest, reply as FastifyReply, renderError, parts.logger);
    },
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  keepBodiesRaw(fastify);
  holdBodies(fastify);
  addHealthRoutes(fastify, parts.health);
  if (parts.logRequests) logRequests(fastify, parts.logger);
  // Every request is to be in the log then.
  else answerWarmReads(fastify, parts, publicHost);
  return adapter;
}

/** Puts what can be answered from memory before the router. A server that stops leaves all to the router, which says so. */
function answerWarmReads(
  { server }: FastifyInstance,
  { server: { subdomains }, mounts, warmReads }: HttpParts,
  publicHost: () => string,
): void {
  const [route] = server.listeners('request') as RequestListener[];
  if (!route) throw new Error('The HTTP server has no listener of requests');
  server.removeListener('request', route);
  // Paths below the host name of a format are not what they seem, unless they are whole.
  const isPlain = ({ url = '', headers: { host = '' } }: IncomingMessage): boolean => {
    const path = subdomains ? mounts.pathOfHost(host.toLowerCase(), publicHost()) : null;
    return path === null || url.startsWith(`${path}/`);
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const answered = server.listening && isPlain(request) && warmReads.answer(request, response);
    if (!answered) route(request, response);
  });
}

/** Bodies arrive as unread streams (`request.raw`): each route reads what it expects, within its own limit. */
function keepBodiesRaw(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

/** A client that asks before it sends its body is told to go on by whoever reads it, not by the server at once. */
function holdBodies({ server }: FastifyInstance): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    noteHeldBody(request, response);
    server.emit('request', request, response);
  });
}

/** The routes that load balancers and supervisors ask. They tell which part fails, never why. */
export function addHealthRoutes(fastify: FastifyInstance, health: HealthRegistry): void {
  fastify.get('/health/live', (_request, reply) =>
    reply.header('cache-control', 'no-store').send(health.live()),
  );
  fastify.get('/health/ready', async (_request, reply) => {
    const readiness = await health.ready();
    return reply
      .status(readiness.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(readiness);
  });
}

function logRequests(fastify: FastifyInstance, logger: Logger): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const facts = {
      requestId: request.id,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    };
    logger.debug(facts, `${request.method} ${redactText(request.originalUrl)}`);
    done();
  });
}

/** The dress of failures that no controller saw: that of the service below whose path the request came. */
export function renderByMount(mounts: Mounts): ErrorRenderer {
  return (error, request): RenderedError => {
    const render = mounts.find(request.url)?.http?.renderError;
    return (
      render?.(error, request) ?? { status: error.status, body: { error: error.message, code: error.code } }
    );
  };
}

/** Listens, or says in one sentence why not. Gives the port. */
export async function listen(app: NestFastifyApplication, { host, port }: ServerSettings): Promise<number> {
  try {
    await app.listen(port, host);
  } catch (error) {
    throw listenError(error, host, port);
  }
  const address = app.getHttpServer().address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** Finds out early that the port is taken, before a database is started for nothing. */
export async function checkPortIsFree({ host, port }: ServerSettings): Promise<void> {
  if (port === 0) return;
  const { createServer } = await import('node:net');
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(port, host, resolve));
  } catch (error) {
    throw listenError(error, host, port);
  }
  await new Promise((resolve) => probe.close(resolve));
}

function listenError(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new StartError(
      `Port ${port} on ${host} is in use: stop the program that uses it, or set PACKHOUSE_PORT to another port (0 takes any free one).`,
    );
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new StartError(
      `Cannot listen on ${host}:${port} (${code === 'EADDRNOTAVAIL' ? 'no such address on this machine' : explainCause(error)}): set PACKHOUSE_HOST and PACKHOUSE_PORT.`,
    );
  }
  return error;
}

/** Stops accepting, lets requests in flight end within the limit, then cuts what is left. */
export async function closeHttp(fastify: FastifyInstance, limitMs: number): Promise<void> {
  const closed = fastify.close();
  // A connection whose last request ends after the close began would be kept open for the next one.
  const idle = setInterval(() => fastify.server.closeIdleConnections(), IDLE_CHECK_MS);
  const limit = setTimeout(() => fastify.server.closeAllConnections(), limitMs);
  await closed;
  clearInterval(idle);
  clearTimeout(limit);
}

/** Ids that stay unique across replicas and restarts without asking for randomness on every request. */
function requestIds(): (request: IncomingMessage) => string {
  const start = randomBytes(6).toString('base64url');
  let count = 0;
  return () => `${start}-${(count += 1).toString(36)}`;
}

function memoise<I, O>(input: () => I, compute: (value: I) => O): () => O {
  let last: { input: I; output: O } | null = null;
  return () => {
    const value = input();
    if (last?.input !== value) last = { input: value, output: compute(value) };
    return last.output;
  };
}
