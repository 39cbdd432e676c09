import type { ServerResponse } from 'node:http';
import { chooseCoding, matchesEtag } from '@packhouse/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DocumentHandle } from './document-cache';

export interface DocumentHeaders {
  readonly contentType: string;
  readonly cacheControl: string;
  /** Request headers besides Accept-Encoding that choose the answer. */
  readonly vary: string;
}

/**
 * Answers a read of a document: 304 without rendering, else the ready bytes in the best coding. HEAD gets the headers.
 * Written past the framework, whose reply pipeline has nothing to add to ready bytes.
 */
export async function sendDocument(
  request: FastifyRequest,
  reply: FastifyReply,
  document: DocumentHandle,
  headers: DocumentHeaders,
): Promise<void> {
  const { etag } = document;
  const common = ['etag', etag, 'cache-control', headers.cacheControl, 'vary', headers.vary];
  if (matchesEtag(request.headers['if-none-match'], etag)) {
    take(reply).writeHead(304, common).end();
    return;
  }
  const coding = chooseCoding(request.headers['accept-encoding']);
  const ready = document.body(coding);
  const body = 'bytes' in ready ? ready : await ready;
  const length = String(body.bytes.length);
  common.push('content-type', headers.contentType, 'content-length', length);
  if (coding !== 'identity') common.push('content-encoding', coding);
  const response = take(reply).writeHead(200, common);
  if (body.text !== null) response.end(body.text, 'latin1');
  else response.end(body.bytes);
}

/** The raw response; from here on a failure can only cut the connection. */
function take(reply: FastifyReply): ServerResponse {
  reply.hijack();
  return reply.raw;
}
