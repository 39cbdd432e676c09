import { setTimeout as wait } from 'node:timers/promises';
import { MAX_MESSAGE_BYTES } from '@packhouse/contracts';
import { newId } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import { createInbox, type Msg, type Subscription } from 'nats';
import { InvalidationListeners, type InvalidationListener } from './invalidation-listeners';
import { EVERY_KEY, type Invalidations } from './invalidations';
import type { NatsLink } from './nats-link';

const HEARTBEAT_MS = 1000;
/** A process that was not heard for so long is taken for gone; its facts live for `maxAgeMs` at most. */
const GONE_MS = 3000;
const ANSWER_MS = 250;
/** Until every process has had the time for a heartbeat, nobody can be known to be missing. */
const SETTLING_MS = 1200;
const JOIN_MS = 100;

interface Presence {
  readonly from: string;
  readonly leaving?: boolean;
}

interface Announcement {
  readonly from: string;
  readonly number: number;
  readonly keys: readonly string[];
}

/** An announcement that waits for the processes which have not yet said that they dropped the keys. */
interface Waiting {
  readonly missing: Set<string>;
  /** True while there may be processes that were not heard yet: then only the limit ends the wait. */
  readonly open: boolean;
  readonly finish: () => void;
}

/**
 * Invalidations between processes. Every process that keeps facts says each second that it is there; an announcement
 * waits until all of those have acknowledged it, or 250 ms. Word that may have been missed while the connection was
 * down is made good by forgetting everything, and by `maxAgeMs` in a process that does not even notice.
 */
export class NatsInvalidations implements Invalidations {
  readonly maxAgeMs = 1000;
  private readonly id = newId();
  private readonly inbox = createInbox();
  private readonly listeners: InvalidationListeners;
  private readonly lastHeard = new Map<string, number>();
  private readonly waiting = new Map<number, Waiting>();
  private readonly keysSubject: string;
  private readonly presenceSubject: string;
  private readonly subscriptions: Subscription[] = [];
  private heartbeat: NodeJS.Timeout | undefined;
  private settledAt = Infinity;
  private count = 0;

  constructor(
    private readonly link: NatsLink,
    private readonly logger: Logger,
  ) {
    this.listeners = new InvalidationListeners(logger);
    this.keysSubject = link.subject('invalidations', 'keys');
    this.presenceSubject = link.subject('invalidations', 'presence');
    link.onDown(() => void this.listeners.tell([EVERY_KEY]));
    link.onUp(() => this.rejoin());
  }

  /**
   * Joins the other processes. Resolves when the server has this process's subscription and the others its first sign
   * of life: from then on no announcement ends before this process has heard it, so it may keep facts. Await it before serving.
   */
  async ready(): Promise<void> {
    const { connection } = this.link;
    this.listen(this.keysSubject, (message) => this.receive(message));
    this.listen(this.presenceSubject, (message) => this.hear(message.json<Presence>()));
    this.listen(this.inbox, (message) => this.acknowledge(message.json<Announcement>()));
    await connection.flush();
    this.settledAt = Date.now() + SETTLING_MS;
    this.sayPresent();
    await connection.flush();
    // The server has the sign of life, the others read it a moment later.
    await wait(JOIN_MS);
    this.heartbeat = setInterval(() => this.sayPresent(), HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  async announce(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    this.listeners.tell(keys);
    const number = (this.count += 1);
    const finished = this.waitForAnswers(number);
    const announcement: Announcement = { from: this.id, number, keys };
    const text = JSON.stringify(announcement);
    const sent =
      Buffer.byteLength(text) <= MAX_MESSAGE_BYTES
        ? text
        : JSON.stringify({ ...announcement, keys: [EVERY_KEY] });
    if (!this.link.connection.isClosed())
      this.link.connection.publish(this.keysSubject, sent, { reply: this.inbox });
    await finished;
  }

  subscribe(listener: InvalidationListener): () => void {
    const stop = this.listeners.add(listener);
    if (this.heartbeat) this.sayPresent();
    return stop;
  }

  /** Says goodbye, so that nobody waits for this process. */
  async stop(): Promise<void> {
    clearInterval(this.heartbeat);
    this.heartbeat = undefined;
    this.say({ from: this.id, leaving: true });
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    for (const { finish } of this.waiting.values()) finish();
    if (this.link.isUp) await this.link.connection.flush().catch(() => undefined);
  }

  private listen(subject: string, receive: (message: Msg) => void): void {
    const callback = (error: Error | null, message: Msg): void => {
      try {
        if (error) throw error;
        receive(message);
      } catch (failure) {
        // Thrown on, it would end the client's reader and with it the connection.
        this.logger.error({ subject, err: failure }, 'A message about changed facts could not be read');
      }
    };
    this.subscriptions.push(this.link.connection.subscribe(subject, { callback }));
  }

  private waitForAnswers(number: number): Promise<void> {
    const open = Date.now() < this.settledAt;
    const missing = new Set(this.livePeers());
    if (missing.size === 0 && !open) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        if (missing.size > 0)
          this.logger.warn(
            { processes: [...missing] },
            'Processes did not say in time that they dropped changed facts',
          );
        finish();
      }, ANSWER_MS);
      const finish = (): void => {
        clearTimeout(timer);
        this.waiting.delete(number);
        resolve();
      };
      this.waiting.set(number, { missing, open, finish });
    });
  }

  private livePeers(): string[] {
    const oldest = Date.now() - GONE_MS;
    for (const [peer, heard] of this.lastHeard) if (heard < oldest) this.lastHeard.delete(peer);
    return [...this.lastHeard.keys()];
  }

  private receive(message: Msg): void {
    const { from, number, keys } = message.json<Announcement>();
    if (from === this.id) return;
    // Not acknowledged when a listener failed: the announcer then waits its limit, after which the facts are too old.
    if (this.listeners.tell(keys)) message.respond(JSON.stringify({ from: this.id, number }));
  }

  private acknowledge({ from, number }: Pick<Announcement, 'from' | 'number'>): void {
    const waiting = this.waiting.get(number);
    if (waiting?.missing.delete(from) && waiting.missing.size === 0 && !waiting.open) waiting.finish();
  }

  private hear({ from, leaving }: Presence): void {
    if (from === this.id) return;
    if (!leaving) return void this.lastHeard.set(from, Date.now());
    this.lastHeard.delete(from);
    for (const [number] of this.waiting) this.acknowledge({ from, number });
  }

  private rejoin(): void {
    this.settledAt = Date.now() + SETTLING_MS;
    this.listeners.tell([EVERY_KEY]);
    this.sayPresent();
  }

  private sayPresent(): void {
    if (!this.listeners.isEmpty) this.say({ from: this.id });
  }

  private say(presence: Presence): void {
    // A closed connection cannot carry a goodbye; the others notice the silence.
    if (this.link.isUp) this.link.connection.publish(this.presenceSubject, JSON.stringify(presence));
  }
}
