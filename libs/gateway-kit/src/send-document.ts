import type { IncomingMessage, ServerResponse } from 'node:http';
import { chooseCoding, matchesEtag, type ContentCoding } from '@packhouse/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DocumentHandle, RememberedDocument } from './document-cache';
import type { DocumentBody } from './ready-document';

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
  { headers: sent }: FastifyRequest,
  reply: FastifyReply,
  document: DocumentHandle,
  headers: DocumentHeaders,
): Promise<void> {
  const { etag } = document;
  if (matchesEtag(sent['if-none-match'], etag)) return writeUnchanged(take(reply), etag, headers);
  const coding = chooseCoding(sent['accept-encoding']);
  const ready = document.body(coding);
  const body = 'bytes' in ready ? ready : await ready;
  writeBody(take(reply), { etag, coding, body }, headers);
}

/** The same for a document that is in memory, without the framework. False: its coding has to be made first. */
export function sendRemembered(
  { headers: sent }: IncomingMessage,
  response: ServerResponse,
  { etag, ready }: RememberedDocument,
  headers: DocumentHeaders,
): boolean {
  if (matchesEtag(sent['if-none-match'], etag)) {
    writeUnchanged(response, etag, headers);
    return true;
  }
  const coding = chooseCoding(sent['accept-encoding']);
  const body = ready.body(coding);
  if (!('bytes' in body)) return false;
  writeBody(response, { etag, coding, body }, headers);
  return true;
}

function writeUnchanged(response: ServerResponse, etag: string, headers: DocumentHeaders): void {
  response.writeHead(304, commonHeaders(etag, headers)).end();
}

function writeBody(
  response: ServerResponse,
  { etag, coding, body }: { etag: string; coding: ContentCoding; body: DocumentBody },
  headers: DocumentHeaders,
): void {
  const all = commonHeaders(etag, headers);
  all.push('content-type', headers.contentType, 'content-length', String(body.bytes.length));
  if (coding !== 'identity') all.push('content-encoding', coding);
  response.writeHead(200, all);
  if (body.text !== null) response.end(body.text, 'latin1');
  else response.end(body.bytes);
}

function commonHeaders(etag: string, { cacheControl, vary }: DocumentHeaders): string[] {
  return ['etag', etag, 'cache-control', cacheControl, 'vary', vary];
}

/** The raw response; from here on a failure can only cut the connection. */
function take(reply: FastifyReply): ServerResponse {
  reply.hijack();
  return reply.raw;
}
