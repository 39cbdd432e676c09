import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { DomainError, formatBytes } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { askForBody } from './held-body';

/** The raw bytes of a request. Body parsers are off: nothing has been read yet, and a client that waits is asked for it. */
export function rawBody(request: FastifyRequest): Readable {
  askForBody(request.raw);
  return request.raw;
}

/**
 * The body with its Content-Encoding undone (clients gzip audit requests), as a stream.
 * Rejects `invalid_request` for a coding that is not known. Counting bytes is the reader's duty.
 */
export function decodedBody(request: FastifyRequest): Readable {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const body = rawBody(request);
  if (coding === 'identity' || coding === '') return body;
  const decoder = decoderOf(coding);
  body.on('error', (error) => decoder.destroy(error));
  body.on('close', () => {
    if (!body.readableEnded) decoder.destroy(new DomainError('invalid_request', 'The upload ended early.'));
  });
  return body.pipe(decoder);
}

function decoderOf(coding: string) {
  if (coding === 'gzip' || coding === 'x-gzip') return createGunzip();
  if (coding === 'deflate') return createInflate();
  if (coding === 'br') return createBrotliDecompress();
  throw new DomainError(
    'invalid_request',
    `The content coding "${coding.slice(0, 40)}" is not supported: send gzip or none.`,
  );
}

/**
 * The chunks of a body for `for await`, without the iterator's habit of destroying the stream when the loop ends early:
 * on a request that would cut the connection before the client has read why it was refused.
 */
export function keepOpen(body: Readable): AsyncIterable<Buffer> {
  return { [Symbol.asyncIterator]: () => body.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer> };
}

/** Reads a whole small body. Rejects `payload_too_large` above `maxBytes` (after decoding), without reading on. */
export async function readBody(request: FastifyRequest, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of keepOpen(decodedBody(request))) {
      size += chunk.length;
      if (size > maxBytes)
        throw new DomainError(
          'payload_too_large',
          `The request body is larger than ${formatBytes(maxBytes)}.`,
        );
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new DomainError('invalid_request', 'The request body could not be read.', {}, { cause: error });
  }
  return Buffer.concat(chunks);
}

/** Reads and parses a small JSON body of any shape; an empty body is `undefined`. */
export async function readJson(request: FastifyRequest, maxBytes: number): Promise<unknown> {
  const text = (await readBody(request, maxBytes)).toString('utf8');
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new DomainError('invalid_request', 'The request body is not valid JSON.', {}, { cause: error });
  }
}
