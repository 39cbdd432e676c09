import { defineEvent, type EventEnvelope } from '@packhouse/contracts';
import { startScratchPostgres, type OpenServiceDatabase, type ScratchPostgres } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';
import { z } from 'zod';
import { EventConsumer } from '../src/event-consumer';
import { readCursor, readLog } from '../src/event-log';
import { InProcessEventDispatcher } from '../src/in-process-event-dispatcher';
import { JetStreamConsumer } from '../src/jetstream-consumer';
import { ACK_WAIT_MS } from '../src/jetstream-events';
import { JetStreamPublisher } from '../src/jetstream-publisher';
import { connectNats, type NatsLink } from '../src/nats-link';
import { once } from '../src/once';
import { OutboxRelay } from '../src/outbox-relay';
import { PostgresOutbox } from '../src/postgres-outbox';
import { startNatsServer, type NatsServer } from './support/nats-server';
import { happened, ignored, openSchema, quickRetry } from './support/event-fixtures';
import { RecordingLogger } from './support/recording-logger';
import { waitUntil } from './support/wait-until';

jest.setTimeout(30_000);

const logger = new RecordingLogger();

let postgres: ScratchPostgres;
let nats: NatsServer;
let shop: OpenServiceDatabase;
let ledger: OpenServiceDatabase;
let stops: Array<() => Promise<void>> = [];
let prefixes = 0;

beforeAll(async () => {
  [postgres, nats] = await Promise.all([startScratchPostgres(), startNatsServer()]);
});
afterAll(async () => {
  await postgres.stop();
  await nats.stop();
});
beforeEach(async () => {
  logger.lines.length = 0;
  const url = await postgres.createDatabase();
  [shop, ledger] = await Promise.all([openSchema(url, 'shop'), openSchema(url, 'ledger')]);
  stops = [];
});
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  await Promise.all([shop.close(), ledger.close()]);
});

type Handler = (envelope: EventEnvelope<{ number: number }>) => unknown;

function makeConsumer(handler: Handler): EventConsumer {
  const call = handler as (payload: unknown) => unknown;
  const facts = { kind: 'event', service: 'ledger', name: 'Ledger.note', takesRuns: false } as const;
  const handlers = [{ pattern: happened.type, call, ...facts }];
  return new EventConsumer('ledger', ledger, handlers, logger, quickRetry);
}

async function record(...numbers: number[]): Promise<void> {
  const outbox = new PostgresOutbox('shop', () => undefined);
  for (const number of numbers)
    await shop.transaction((manager) => outbox.record(manager, happened, { number }));
}

const position = (): Promise<number> => readCursor(ledger, 'shop', 'ledger');
const lastPosition = async (): Promise<number> => (await readLog(shop, 0, 100_000)).at(-1)?.position ?? -1;
const caughtUp = (): Promise<void> =>
  waitUntil(async () => (await position()) === (await lastPosition()), 'the consumer has caught up');
const failures = (): Promise<Array<Record<string, unknown>>> =>
  ledger.query('select * from ledger.event_failure');

/** One way to bring the log of `shop` to the ledger; `stop` ends it as a process would, `link` is there over NATS only. */
interface Delivery {
  readonly relay: OutboxRelay;
  readonly link?: NatsLink;
  stop(): Promise<void>;
}
type Deliver = (handler: Handler, prefix?: string) => Promise<Delivery>;

const deliverInProcess: Deliver = async (handler) => {
  const dispatcher = new InProcessEventDispatcher(shop, makeConsumer(handler), logger);
  const relay = new OutboxRelay(shop, () => dispatcher.notify(), logger, { pollMs: 20 });
  dispatcher.start();
  relay.start();
  const stop = async (): Promise<void> => void (await Promise.all([relay.stop(), dispatcher.stop()]));
  stops.push(stop);
  return { relay, stop };
};

const deliverOverJetStream: Deliver = async (handler, prefix = `test${(prefixes += 1)}`) => {
  const link = await connectNats(nats.url, logger, { subjectPrefix: prefix });
  const publisher = new JetStreamPublisher(link, shop, logger);
  const relay = new OutboxRelay(shop, () => publisher.notify(), logger, { pollMs: 20 });
  const receiver = new JetStreamConsumer(link, 'shop', makeConsumer(handler), logger);
  publisher.start();
  relay.start();
  receiver.start();
  const stop = async (): Promise<void> => {
    await Promise.all([relay.stop(), publisher.stop(), receiver.stop()]);
    await link.close();
  };
  stops.push(stop);
  return { relay, link, stop };
};

describe('the outbox', () => {
  it('keeps an event only if its transaction commits', async () => {
    const outbox = new PostgresOutbox('shop', () => undefined);
    await record(1);
    const undone = shop.transaction(async (manager) => {
      await outbox.record(manager, happened, { number: 2 });
      throw new Error('change of mind');
    });
    await expect(undone).rejects.toThrow('change of mind');
    await new OutboxRelay(shop, () => undefined, logger).assignPositions();
    expect((await readLog(shop, 0, 10)).map(({ envelope }) => envelope)).toEqual([
      {
        id: expect.any(String) as string,
        type: 'thing.happened',
        source: 'shop',
        occurredAt: expect.stringMatching(/Z$/) as string,
        actor: null,
        payload: { number: 1 },
      },
    ]);
  });

  it('refuses a payload that does not fit, and one too large to travel', async () => {
    const outbox = new PostgresOutbox('shop', () => undefined);
    const wide = defineEvent('thing.wide', z.object({ text: z.string() }));
    const recordWrong = shop.transaction((manager) => outbox.record(manager, happened, { number: 'one' }));
    await expect(recordWrong).rejects.toThrow(
      'The payload of thing.happened does not fit its definition: number',
    );
    await expect(
      shop.transaction((manager) => outbox.record(manager, wide, { text: 'x'.repeat(1_000_000) })),
    ).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  it('gives positions in order of visibility when transactions commit out of order, and loses none', async () => {
    const outbox = new PostgresOutbox('shop', () => undefined);
    const relay = new OutboxRelay(shop, () => undefined, logger);
    let commitSlow: () => void = () => undefined;
    const mayCommit = new Promise<void>((resolve) => (commitSlow = resolve));
    let slow: Promise<void> = Promise.resolve();
    await new Promise<void>((recorded) => {
      slow = shop.transaction(async (manager) => {
        await outbox.record(manager, happened, { number: 1 });
        // Answered behind the event: it has its row and its number now.
        await manager.query('select 1');
        recorded();
        await mayCommit;
      });
    });
    await record(2);
    await expect(relay.assignPositions()).resolves.toBe(1);
    const read = await readLog(shop, 0, 10);
    commitSlow();
    await slow;
    await expect(relay.assignPositions()).resolves.toBe(1);
    const readNext = await readLog(shop, read.at(-1)!.position, 10);
    expect([...read, ...readNext].map(({ envelope }) => envelope.payload)).toEqual([
      { number: 2 },
      { number: 1 },
    ]);
    const ids = await shop.query<{ number: number }>(
      `select (payload->>'number')::int as number from shop.outbox order by id`,
    );
    expect(ids.map(({ number }) => number)).toEqual([1, 2]);
  });

  it('gives every event one position when several relays work at once', async () => {
    await record(...Array.from({ length: 60 }, (_, index) => index));
    const relays = Array.from({ length: 4 }, () => new OutboxRelay(shop, () => undefined, logger));
    await Promise.all([...relays.map((relay) => relay.assignPositions()), record(60, 61, 62)]);
    await waitUntil(
      async () =>
        (await Promise.all(relays.map((relay) => relay.assignPositions()))).every((count) => count === 0),
      'all have one',
    );
    const log = await readLog(shop, 0, 1000);
    expect(log.map(({ envelope }) => (envelope.payload as { number: number }).number)).toEqual(
      Array.from({ length: 63 }, (_, index) => index),
    );
    expect(new Set(log.map((event) => event.position)).size).toBe(63);
  });

  it('wakes the relay after the commit without waiting for its poll', async () => {
    let positioned = 0;
    const relay = new OutboxRelay(shop, () => (positioned += 1), logger, { pollMs: 60_000 });
    relay.start();
    stops.push(() => relay.stop());
    const outbox = new PostgresOutbox('shop', () => relay.notify());
    await shop.transaction(async (manager) => {
      await outbox.record(manager, happened, { number: 1 });
      await new Promise((resolve) => setTimeout(resolve, 40));
    });
    await waitUntil(() => positioned > 0, 'the relay has looked');
  });
});

describe.each([
  ['in process', deliverInProcess],
  ['over JetStream', deliverOverJetStream],
])('events %s', (_name, deliver) => {
  it('arrive in order, each once, with everything in the envelope', async () => {
    const numbers = Array.from({ length: 250 }, (_, index) => index);
    await record(...numbers.slice(0, 100));
    const got: Array<EventEnvelope<{ number: number }>> = [];
    await deliver((envelope) => got.push(envelope));
    await record(...numbers.slice(100));
    await waitUntil(() => got.length >= 250, 'all have arrived');
    await caughtUp();
    expect(got.map(({ payload }) => payload.number)).toEqual(numbers);
    expect(got[0]).toMatchObject({ type: 'thing.happened', source: 'shop', actor: null });
    expect(new Set(got.map(({ id }) => id)).size).toBe(250);
  });

  it('start where the consumer stopped', async () => {
    const prefix = `resume${(prefixes += 1)}`;
    const got: number[] = [];
    const first = await deliver(({ payload }) => got.push(payload.number), prefix);
    await record(1, 2);
    await waitUntil(() => got.length === 2, 'two have arrived');
    await caughtUp();
    await first.stop();
    await record(3);
    await deliver(({ payload }) => got.push(payload.number), prefix);
    await waitUntil(() => got.length >= 3, 'the third has arrived');
    expect(got).toEqual([1, 2, 3]);
  });

  it('come again when the process dies between the handler and the cursor, and "once" tells', async () => {
    const prefix = `crash${(prefixes += 1)}`;
    const effects: Array<[number, boolean]> = [];
    const note: Handler = async ({ id, payload }) => {
      effects.push([
        payload.number,
        await ledger.transaction((manager) => once(manager, 'ledger', 'ledger', id)),
      ]);
    };
    // The handler's work is committed, but the cursor cannot be written: what a crash between the two leaves behind.
    await ledger.query(
      `create function ledger.refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$`,
    );
    await ledger.query(
      'create trigger refuse before insert or update on ledger.event_cursor for each row execute function ledger.refuse()',
    );
    await record(1);
    const first = await deliver(note, prefix);
    await waitUntil(() => effects.length > 0, 'the first try');
    await first.stop();
    const tried = effects.length;
    await ledger.query('drop trigger refuse on ledger.event_cursor');
    await record(2);
    await deliver(note, prefix);
    // A message that NATS sent to the dead process comes again when its wait for an answer is over.
    const limitMs = ACK_WAIT_MS + 5000;
    await waitUntil(() => effects.some(([number]) => number === 2), 'the second event has arrived', limitMs);
    expect(effects.slice(tried)).toEqual([
      [1, false],
      [2, true],
    ]);
    expect(effects.filter(([, isFirst]) => isFirst)).toEqual([
      [1, true],
      [2, true],
    ]);
  });

  it('are tried again after a failure, before any later event', async () => {
    const got: number[] = [];
    let tries = 0;
    await deliver(({ payload }) => {
      if (payload.number === 1 && (tries += 1) < 3) throw new Error('not yet');
      got.push(payload.number);
    });
    await record(1, 2);
    await waitUntil(() => got.length === 2, 'both have arrived');
    expect([got, tries]).toEqual([[1, 2], 3]);
    expect(await failures()).toEqual([]);
  });

  it('are parked with their error when they always fail, and the next ones arrive', async () => {
    const got: number[] = [];
    await deliver(({ payload }) => {
      if (payload.number === 2) throw new Error('poison\0ous');
      got.push(payload.number);
    });
    await record(1, 2, 3);
    await waitUntil(() => got.length === 2, 'the good ones have arrived');
    await caughtUp();
    expect(got).toEqual([1, 3]);
    expect(await failures()).toMatchObject([
      {
        consumer: 'ledger',
        source: 'shop',
        type: 'thing.happened',
        payload: { number: 2 },
        attempts: 3,
        error: expect.stringContaining('poisonous') as string,
      },
    ]);
  });

  it('are not parked so soon when the failure is another part’s outage', async () => {
    const got: number[] = [];
    let tries = 0;
    await deliver(({ payload }) => {
      if ((tries += 1) < 6) throw new DomainError('unavailable');
      got.push(payload.number);
    });
    await record(1);
    await waitUntil(() => got.length === 1, 'the event has arrived');
    expect(await failures()).toEqual([]);
  });

  it('do not stop behind a handler that never ends', async () => {
    const got: number[] = [];
    await deliver(({ payload }) =>
      payload.number === 1 ? new Promise(() => undefined) : got.push(payload.number),
    );
    await record(1, 2);
    await waitUntil(() => got.length === 1, 'the second has arrived');
    expect(await failures()).toMatchObject([
      { payload: { number: 1 }, error: expect.stringContaining('did not end within') as string },
    ]);
  });

  it('that nobody wants are passed over', async () => {
    const outbox = new PostgresOutbox('shop', () => undefined);
    const got: number[] = [];
    await deliver(({ payload }) => got.push(payload.number));
    await shop.transaction((manager) => outbox.record(manager, ignored, {}));
    await record(5);
    await waitUntil(() => got.length === 1, 'the wanted one has arrived');
    expect(got).toEqual([5]);
  });
});

describe('JetStream', () => {
  it('holds one copy of an event that was published twice, and the consumer sees it once', async () => {
    const got: number[] = [];
    const { link } = await deliverOverJetStream(({ payload }) => got.push(payload.number), 'twice');
    await record(1, 2);
    await waitUntil(() => got.length === 2, 'both have arrived');
    // What a crash between publishing and moving the cursor leaves behind.
    await waitUntil(
      async () => (await readCursor(shop, 'shop', 'jetstream')) === (await lastPosition()),
      'both are published',
    );
    await shop.query(`update shop.event_cursor set position = 0 where consumer = 'jetstream'`);
    await record(3);
    await waitUntil(() => got.length >= 3, 'the third has arrived');
    expect(got).toEqual([1, 2, 3]);
    const manager = await link!.connection.jetstreamManager();
    expect((await manager.streams.info('TWICE_EVENTS')).state.messages).toBe(3);
  });

  it('loses nothing when the server dies and comes back', async () => {
    const got: number[] = [];
    await deliverOverJetStream(({ payload }) => got.push(payload.number), 'restart');
    await record(1, 2);
    await caughtUp();
    // An acknowledgement that is lost costs a wait of ten seconds, which is not what this test is about.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await nats.crash();
    await record(3, 4);
    await nats.restart();
    await record(5);
    await waitUntil(() => got.length >= 5, 'the others have arrived', 25_000);
    expect(got).toEqual([1, 2, 3, 4, 5]);
  });

  it('gives each event to one replica of a consumer, in order', async () => {
    const got: string[] = [];
    await deliverOverJetStream(({ payload }) => got.push(`${payload.number}`), 'replicas');
    await deliverOverJetStream(({ payload }) => got.push(`${payload.number}`), 'replicas');
    const numbers = Array.from({ length: 80 }, (_, index) => index);
    await record(...numbers);
    await waitUntil(() => got.length >= 80, 'all have arrived');
    await caughtUp();
    expect(got).toEqual(numbers.map(String));
  });

  it('repeats nothing when a product moves from one process to many', async () => {
    const got: number[] = [];
    const embedded = await deliverInProcess(({ payload }) => got.push(payload.number));
    await record(1, 2);
    await waitUntil(() => got.length === 2, 'two have arrived');
    await caughtUp();
    await embedded.stop();
    await deliverOverJetStream(({ payload }) => got.push(payload.number), 'moved');
    await record(3);
    await waitUntil(() => got.length >= 3, 'the third has arrived');
    expect(got).toEqual([1, 2, 3]);
  });
});
