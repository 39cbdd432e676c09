import { createInbox, nanos, type Msg, type Subscription } from 'nats';
import type { NatsLink } from './nats-link';

const EXPIRES_MS = 5000;
/** What the server says when a pull request has ended without a message: an empty consumer (404) or its time is up (408). */
const ORDINARY_ENDS = [404, 408];

/** A message of a durable consumer that waits for its verdict. */
export class PulledMessage {
  constructor(readonly message: Msg) {}

  /** From 1. The server keeps it in the reply subject (JetStream wire protocol, "$JS.ACK"), which has two more words with a domain. */
  get deliveryCount(): number {
    const words = (this.message.reply ?? '').split('.');
    return Number(words[words.length >= 11 ? 6 : 4] ?? 1);
  }

  ack(): void {
    this.reply('+ACK');
  }

  /** Asks for the message again after a while. */
  retryAfter(ms: number): void {
    this.reply(`-NAK {"delay": ${nanos(ms)}}`);
  }

  stillWorking(): void {
    this.reply('+WPI');
  }

  /** Never again. */
  drop(): void {
    this.reply('+TERM');
  }

  private reply(verdict: string): void {
    try {
      this.message.respond(verdict);
    } catch {
      // The connection was closed for good: without a verdict the server gives the message to another replica.
    }
  }
}

/**
 * Takes messages of a durable pull consumer one by one. In place of the client's own `consume`, which loses what arrives
 * while it stops: with one message out at a time that would hold up every replica until the server's wait is over.
 * Here such a message is handed back at once.
 */
export class PullSubscription {
  private readonly inbox = createInbox();
  private readonly subscription: Subscription;
  private readonly arrived: PulledMessage[] = [];
  private waiter: ((outcome: PulledMessage | Error | null) => void) | null = null;
  private closed = false;

  constructor(
    private readonly link: NatsLink,
    private readonly stream: string,
    private readonly consumer: string,
  ) {
    this.subscription = link.connection.subscribe(this.inbox, {
      callback: (error, message) => this.receive(error, message),
    });
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** The next message, or null when none came for a while or the subscription was closed. Rejects when the consumer is gone. */
  async next(): Promise<PulledMessage | null> {
    if (this.closed) return null;
    const waiting = this.arrived.shift();
    if (waiting) return waiting;
    let timer: NodeJS.Timeout | undefined;
    const outcome = await new Promise<PulledMessage | Error | null>((resolve) => {
      this.waiter = resolve;
      // The server ends the request itself, unless it was lost with a connection.
      timer = setTimeout(() => resolve(null), EXPIRES_MS + 1000);
      const request = JSON.stringify({ batch: 1, expires: nanos(EXPIRES_MS) });
      this.link.connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${this.stream}.${this.consumer}`, request, {
        reply: this.inbox,
      });
    });
    clearTimeout(timer);
    this.waiter = null;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  /** Ends `next` with null and hands back what has arrived unseen. */
  async close(): Promise<void> {
    this.closed = true;
    this.waiter?.(null);
    this.waiter = null;
    for (const message of this.arrived.splice(0)) message.retryAfter(0);
    await this.subscription.drain().catch(() => undefined);
  }

  private receive(error: Error | null, message: Msg): void {
    if (error) return this.waiter?.(error);
    if (message.subject === this.inbox) {
      const code = message.headers?.code ?? 0;
      return this.waiter?.(
        ORDINARY_ENDS.includes(code)
          ? null
          : new Error(`JetStream ended a pull request: ${code} ${message.headers?.description ?? ''}`),
      );
    }
    const pulled = new PulledMessage(message);
    if (this.closed) return pulled.retryAfter(0);
    if (!this.waiter) return void this.arrived.push(pulled);
    this.waiter(pulled);
    this.waiter = null;
  }
}
