import { DomainError, type SerializedError } from '@packhouse/kernel';
import { ErrorCode } from 'nats';
import type { Bus } from './bus';
import type { NatsLink } from './nats-link';
import { encodeMessage } from './wire';

/** What a responder sends back. */
export type Reply = { readonly ok: unknown } | { readonly error: SerializedError };

/** The bus of a process that runs one service: NATS request/reply, one subject per operation. */
export class NatsBus implements Bus {
  constructor(private readonly link: NatsLink) {}

  async call(pattern: string, payload: unknown, deadlineMs: number): Promise<unknown> {
    const request = encodeMessage(payload, `request of ${pattern}`);
    // Refused at once rather than kept: a buffered request would wait for its whole deadline.
    if (!this.link.isUp)
      throw new DomainError('unavailable', `${pattern} cannot be reached at the moment: try again.`);
    const reply = await this.request(pattern, request, deadlineMs);
    if ('error' in reply) throw DomainError.from(reply.error);
    return reply.ok;
  }

  private async request(pattern: string, request: string, deadlineMs: number): Promise<Reply> {
    try {
      const message = await this.link.connection.request(rpcSubject(this.link, pattern), request, {
        timeout: deadlineMs,
      });
      return message.json<Reply>();
    } catch (error) {
      throw this.asDomainError(pattern, deadlineMs, error as Error & { code?: string });
    }
  }

  private asDomainError(pattern: string, deadlineMs: number, error: Error & { code?: string }): DomainError {
    if (error.code === ErrorCode.NoResponders) {
      return new DomainError('unavailable', `No service answers ${pattern} at the moment: try again.`);
    }
    if (error.code === ErrorCode.Timeout && this.link.isUp) {
      return new DomainError(
        'deadline_exceeded',
        `${pattern} did not answer within ${deadlineMs} ms: try again.`,
      );
    }
    return new DomainError(
      'unavailable',
      `${pattern} cannot be reached at the moment: try again.`,
      {},
      { cause: error },
    );
  }
}

/** The subject of an operation: `packhouse.rpc.<service>.<operation>`. */
export function rpcSubject(link: NatsLink, pattern: string): string {
  return link.subject('rpc', pattern);
}
