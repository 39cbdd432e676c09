import type { Contract } from '@packhouse/contracts';
import { DomainError, isDomainError } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import type { Msg, Subscription } from 'nats';
import type { HandlerTable } from './handler-table';
import { rpcSubject, type Reply } from './nats-bus';
import type { NatsLink } from './nats-link';
import { checkMessageSize, encodeMessage } from './wire';

const STOP_MS = 10_000;

/** Answers the operations of the local contracts. Replicas share the work: the queue group is the service's name. */
export class NatsResponder {
  private readonly subscriptions: Subscription[] = [];
  private readonly inFlight = new Set<Promise<void>>();

  constructor(
    private readonly link: NatsLink,
    private readonly table: HandlerTable,
    private readonly logger: Logger,
  ) {}

  /** Resolves when the server knows that this process answers. */
  async start(contracts: readonly Contract[]): Promise<void> {
    for (const { service, operations } of contracts) {
      for (const name of Object.keys(operations)) this.subscribe(service, `${service}.${name}`);
    }
    await this.link.connection.flush();
  }

  /** Takes no more requests and waits, for a while, until those that came are answered. */
  async stop(): Promise<void> {
    const drained = Promise.all(this.subscriptions.map((subscription) => subscription.drain())).catch(
      () => undefined,
    );
    const answered = drained.then(() => Promise.all(this.inFlight)).then(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([answered, new Promise<void>((resolve) => (timer = setTimeout(resolve, STOP_MS)))]);
    clearTimeout(timer);
  }

  private subscribe(service: string, pattern: string): void {
    const subscription = this.link.connection.subscribe(rpcSubject(this.link, pattern), {
      queue: service,
      callback: (error, message) => {
        if (error) return this.logger.error({ pattern, err: error }, 'NATS refused a subscription');
        const work = this.answer(pattern, message).finally(() => this.inFlight.delete(work));
        this.inFlight.add(work);
      },
    });
    this.subscriptions.push(subscription);
  }

  private async answer(pattern: string, message: Msg): Promise<void> {
    try {
      message.respond(await this.reply(pattern, message.data));
    } catch (error) {
      this.logger.warn({ pattern, err: error }, 'An answer could not be sent');
    }
  }

  private async reply(pattern: string, data: Uint8Array): Promise<string> {
    try {
      checkMessageSize(data.length, `request of ${pattern}`);
      const answer = encodeMessage(await this.table.invoke(pattern, parse(data)), `answer of ${pattern}`);
      return `{"ok":${answer}}`;
    } catch (error) {
      const known = isDomainError(error)
        ? error
        : new DomainError('internal', undefined, {}, { cause: error });
      return JSON.stringify({ error: known.toJSON() } satisfies Reply);
    }
  }
}

function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
  } catch {
    throw new DomainError('invalid_request', 'The request is not JSON.');
  }
}
