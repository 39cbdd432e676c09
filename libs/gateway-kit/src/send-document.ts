import { chooseCoding, matchesEtag } from '@packhouse/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DocumentHandle } from './document-cache';

export interface DocumentHeaders {
  readonly contentType: string;
  readonly cacheControl: string;
  /** Request headers besides Accept-Encoding that choose the answer. */
  readonly vary: string;
}

/** Answers a read of a document: 304 without rendering, else the ready bytes in the best coding. HEAD gets the headers. */
export async function sendDocument(
  request: FastifyRequest,
  reply: FastifyReply,
  document: DocumentHandle,
  headers: DocumentHeaders,
): Promise<void> {
  const { etag } = document;
  void reply.headers({ etag, vary: headers.vary, 'cache-control': headers.cacheControl });
  if (matchesEtag(request.headers['if-none-match'], etag)) {
    void reply.status(304).send();
    return;
  }
  const coding = chooseCoding(request.headers['accept-encoding']);
  const ready = document.body(coding);
  const body = Buffer.isBuffer(ready) ? ready : await ready;
  if (coding !== 'identity') void reply.header('content-encoding', coding);
  void reply
    .status(200)
    .headers({ 'content-type': headers.contentType, 'content-length': body.length })
    .send(body);
}
