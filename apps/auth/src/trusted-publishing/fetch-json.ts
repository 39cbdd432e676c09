import type { lookup as resolveName } from 'node:dns';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isDomainError, KB, SECOND } from '@packhouse/kernel';
import { guardedLookup, readIssuerUrl } from './issuer-address';

/** For the whole answer. */
const timeoutMs = 5 * SECOND;
const maxBytes = 256 * KB;

/**
 * Reads a JSON document of an issuer. Follows no redirect, reads no more than a limit, waits no longer than a limit, and
 * connects to no private address unless `allowPrivate`. Certificates are judged by Node's roots, and those of
 * NODE_EXTRA_CA_CERTS. `resolve`: the system's resolver, or a test's.
 * @throws Error with half a sentence that says what went wrong.
 */
export async function fetchJson(
  address: string,
  allowPrivate: boolean,
  resolve?: typeof resolveName,
): Promise<unknown> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const url = readIssuerUrl(address, allowPrivate);
    const answer = await open(url, guardedLookup(allowPrivate, resolve), signal);
    return JSON.parse(await readAll(answer, signal)) as unknown;
  } catch (error) {
    if (signal.aborted)
      throw new Error(`it did not answer within ${timeoutMs / SECOND} seconds`, { cause: error });
    if (error instanceof SyntaxError) throw new Error('its answer is not JSON', { cause: error });
    if (isDomainError(error)) throw new Error('its address is not one to be used', { cause: error });
    throw error;
  }
}

function open(url: URL, lookup: LookupFunction, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const headers = { accept: 'application/json', 'user-agent': 'packhouse' };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, lookup, signal, agent: false, maxHeaderSize: 16 * 1024 });
    outgoing.on('error', reject);
    outgoing.on('response', (answer) => {
      if (answer.statusCode === 200) return resolve(answer);
      answer.destroy();
      const status = answer.statusCode ?? 0;
      const isRedirect = status >= 300 && status < 400;
      reject(new Error(isRedirect ? 'it redirects, which is not followed' : `it answered HTTP ${status}`));
    });
    outgoing.end();
  });
}

async function readAll(answer: IncomingMessage, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes || signal.aborted) {
      answer.destroy();
      throw new Error(`its answer is larger than ${maxBytes / KB} KB`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
