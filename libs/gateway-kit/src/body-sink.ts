import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';

/**
 * The body of an answer that is written piece by piece, past the framework: what a piece was made of may be used again once it
 * is on its way. The head goes out with the first piece, so that a failure before it still gets an answer of its own.
 */
export class BodySink {
  private readonly raw: ServerResponse;
  private readonly socket: Socket;
  private rejectWaiting: ((error: Error) => void) | null = null;

  constructor(private readonly reply: FastifyReply) {
    this.raw = reply.raw;
    this.socket = reply.request.raw.socket;
  }

  /** The client went away before it had everything: nobody's fault, and nothing can be answered. */
  get isGone(): boolean {
    return this.socket.destroyed;
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
    this.socket.off('close', this.giveUp);
    this.raw.end();
  }

  private begin(): void {
    // Of the connection, not the answer: an answer that waits behind another one (pipelining) hears of nothing when it closes,
    // and what was written for it is never called back.
    this.socket.once('close', this.giveUp);
    this.reply.hijack();
    const headers = this.reply.getHeaders() as Record<string, string | number>;
    this.raw.writeHead(this.reply.statusCode, headers);
  }

  private readonly giveUp = (): void => this.rejectWaiting?.(clientGone());
}

function clientGone(): Error {
  return new Error('The client closed the connection');
}
