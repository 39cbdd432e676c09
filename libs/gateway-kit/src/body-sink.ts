import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';

/**
 * The body of an answer that is written piece by piece, past the framework: what a piece was made of may be used again once it
 * is on its way. The head goes out with the first piece, so that a failure before it still gets an answer of its own. Exactly one
 * of `end` and `leave` is called when no more comes.
 */
export class BodySink {
  private readonly raw: ServerResponse;
  private readonly socket: Socket;
  private readonly gone = new AbortController();
  private rejectWaiting: ((error: Error) => void) | null = null;

  constructor(private readonly reply: FastifyReply) {
    this.raw = reply.raw;
    this.socket = reply.request.raw.socket;
    // Of the connection, not the answer: an answer that waits behind another one (pipelining) hears of nothing when it closes,
    // and what was written for it is never called back.
    if (this.socket.destroyed) this.giveUp();
    else sinksOf(this.socket).add(this.giveUp);
  }

  /** The client went away before it had everything: nobody's fault, and nothing can be answered. */
  get isGone(): boolean {
    return this.socket.destroyed;
  }

  /** Aborted when the client goes away, for whoever waits for the next piece. */
  get signal(): AbortSignal {
    return this.gone.signal;
  }

  /** Resolves when the kernel has the bytes; rejects when the client is gone. One piece at a time. */
  readonly take = (piece: Buffer): Promise<void> => {
    if (this.isGone) return Promise.reject(clientGone());
    if (!this.raw.headersSent) this.begin();
    return new Promise((resolve, reject) => {
      this.rejectWaiting = reject;
      this.raw.write(piece, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  };

  end(): void {
    if (!this.raw.headersSent) this.begin();
    this.leave();
    this.raw.end();
  }

  /** Something else becomes of the answer. */
  leave(): void {
    openSinks.get(this.socket)?.delete(this.giveUp);
  }

  private begin(): void {
    this.reply.hijack();
    const headers = this.reply.getHeaders() as Record<string, string | number>;
    this.raw.writeHead(this.reply.statusCode, headers);
  }

  private readonly giveUp = (): void => {
    const reason = clientGone();
    this.gone.abort(reason);
    this.rejectWaiting?.(reason);
  };
}

/** What is to be done when a connection closes, for each answer that waits on it. */
const openSinks = new WeakMap<Socket, Set<() => void>>();

/** One listener, however many answers wait: a client may ask for many at once. */
function sinksOf(socket: Socket): Set<() => void> {
  const known = openSinks.get(socket);
  if (known) return known;
  const sinks = new Set<() => void>();
  openSinks.set(socket, sinks);
  socket.once('close', () => {
    for (const giveUp of sinks) giveUp();
  });
  return sinks;
}

function clientGone(): Error {
  return new Error('The client closed the connection');
}
