import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Answers a GET or HEAD if all that the answer needs is in memory; false: it wrote nothing, and the request takes the
 * ordinary way. It never waits, never throws and never refuses: whatever is not plainly a good answer is not its matter.
 */
export type WarmRead = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Reads that are answered before routing. Clients ask for the same few documents again and again, and the way through
 * the router and the framework costs several times what the answer itself does.
 */
export class WarmReads {
  private readonly offers: Array<{ readonly prefix: string; readonly read: WarmRead }> = [];

  /** Takes the reads whose raw path begins with `prefix`. */
  offer(prefix: string, read: WarmRead): void {
    this.offers.push({ prefix, read });
  }

  /** True when the request was answered. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const { method, url = '' } = request;
    if (method !== 'GET' && method !== 'HEAD') return false;
    for (const { prefix, read } of this.offers) if (url.startsWith(prefix)) return read(request, response);
    return false;
  }
}
