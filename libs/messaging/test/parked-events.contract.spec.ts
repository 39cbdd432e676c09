import type { EventEnvelope } from '@packhouse/contracts';
import { startScratchPostgres, type OpenServiceDatabase, type ScratchPostgres } from '@packhouse/database';
import { EventConsumer } from '../src/event-consumer';
import { readCursor } from '../src/event-log';
import { InProcessEventDispatcher } from '../src/in-process-event-dispatcher';
import { JetStreamConsumer } from '../src/jetstream-consumer';
import { JetStreamPublisher } from '../src/jetstream-publisher';
import { connectNats } from '../src/nats-link';
import { OutboxRelay } from '../src/outbox-relay';
import { ParkedEvents } from '../src/parked-events';
import { PostgresOutbox } from '../src/postgres-outbox';
import {
  beginsBefore,
  forgetDoneEvents,
  JETSTREAM_READER,
  trimOutbox,
  type LogReader,
} from '../src/trim-outbox';
import { happened, ignored, openSchema, quickRetry } from './support/event-fixtures';
import { startNatsServer, type NatsServer } from './support/nats-server';
import { RecordingLogger } from './support/recording-logger';
import { waitUntil } from './support/wait-until';

jest.setTimeout(60_000);

const logger = new RecordingLogger();
const actor = {
  ...{ accountId: '01900000-0000-7000-8000-0000000000aa', login: 'olga' },
  ...{ tokenId: null, address: '10.0.0.1', requestId: 'req-1' },
};
const outbox = new PostgresOutbox('shop', () => undefined);

let postgres: ScratchPostgres;
let nats: NatsServer;
let shop: OpenServiceDatabase;
let ledger: OpenServiceDatabase;
let heard: EventEnvelope<{ number: number }>[];
let poison: (number: number) => Promise<void> | void;
let consumer: EventConsumer;
let parked: ParkedEvents;
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
  const url = await postgres.createDatabase();
  [shop, ledger] = await Promise.all([openSchema(url, 'shop'), openSchema(url, 'ledger')]);
  heard = [];
  poison = () => undefined;
  const call = async (payload: unknown): Promise<void> => {
    const event = payload as EventEnvelope<{ number: number }>;
    await poison(event.payload.number);
    heard.push(event);
  };
  const handler = {
    pattern: happened.type,
    kind: 'event',
    service: 'ledger',
    name: 'Ledger.note',
    takesRuns: false,
    call,
  } as const;
  consumer = new EventConsumer('ledger', ledger, [handler], logger, quickRetry);
  const ledgerOutbox = new PostgresOutbox('ledger', () => undefined);
  parked = new ParkedEvents('ledger', ledger, ledgerOutbox, {
    find: (service) => (service === 'ledger' ? consumer : null),
  });
});
afterEach(async () => {
  await stopAll();
  await Promise.all([shop.close(), ledger.close()]);
});

async function stopAll(): Promise<void> {
  for (const stop of stops.reverse()) await stop();
  stops = [];
}

async function record(...numbers: number[]): Promise<void> {
  await shop.transaction((manager) =>
    outbox.recordAll(
      manager,
      numbers.map((number) => ({ event: happened, payload: { number } })),
      actor,
    ),
  );
}

/** Gives positions and brings the log of `shop` to the ledger; without `receive` nobody takes it. */
type Deliver = (receive: boolean, prefix?: string) => Promise<void>;

const inProcess: Deliver = async (receive) => {
  const dispatcher = new InProcessEventDispatcher(shop, consumer, logger);
  const relay = new OutboxRelay(shop, () => dispatcher.notify(), logger, { pollMs: 20 });
  if (receive) dispatcher.start();
  relay.start();
  stops.push(async () => void (await Promise.all([relay.stop(), dispatcher.stop()])));
};

const overJetStream: Deliver = async (receive, prefix = `parked${(prefixes += 1)}`) => {
  const link = await connectNats(nats.url, logger, { subjectPrefix: prefix });
  const publisher = new JetStreamPublisher(link, shop, logger);
  const relay = new OutboxRelay(shop, () => publisher.notify(), logger, { pollMs: 20 });
  const receiver = new JetStreamConsumer(link, 'shop', consumer, logger);
  publisher.start();
  relay.start();
  if (receive) receiver.start();
  stops.push(async () => {
    await Promise.all([relay.stop(), publisher.stop(), receiver.stop()]);
    await link.close();
  });
};

const numbers = (): number[] => heard.map(({ payload }) => payload.number);
const hears = (...wanted: number[]): Promise<void> =>
  waitUntil(() => JSON.stringify(numbers()) === JSON.stringify(wanted), `it hears ${wanted.join()}`);

describe.each([
  ['in process', inProcess],
  ['over JetStream', overJetStream],
])('an event that a service cannot take, %s', (_where, deliver) => {
  async function parkTwo(): Promise<string> {
    poison = (number) => {
      if (number === 2) throw new Error('number 2 is poison');
    };
    await record(1, 2, 3);
    await deliver(true);
    await hears(1, 3);
    const { items, total } = await parked.list(0, 50);
    expect(total).toBe(1);
    expect(items).toEqual([
      expect.objectContaining({ source: 'shop', type: happened.type, payload: '{"number":2}' }),
    ]);
    expect(items[0]?.error).toContain('number 2 is poison');
    return items[0]?.eventId ?? '';
  }

  it('is parked while the rest goes on, and delivered once by a retry after the cause is mended', async () => {
    const eventId = await parkTwo();
    expect(await parked.retry(eventId, actor)).toMatchObject({
      outcome: 'failed',
      error: expect.stringContaining('poison') as string,
    });
    expect((await parked.list(0, 50)).items[0]?.attempts).toBeGreaterThan(3);
    poison = () => undefined;
    expect(await parked.retry(eventId, actor)).toEqual({ outcome: 'delivered' });
    expect(numbers()).toEqual([1, 3, 2]);
    expect(heard[2]).toMatchObject({
      id: eventId,
      source: 'shop',
      actor,
      occurredAt: expect.any(String) as string,
    });
    expect(await parked.list(0, 50)).toEqual({ items: [], total: 0 });
    await expect(parked.retry(eventId, actor)).rejects.toMatchObject({ code: 'not_found' });
    await record(4);
    await hears(1, 3, 2, 4);
    const told = await ledger.query(
      `select type, payload->>'outcome' as outcome, actor->>'login' as login from ledger.outbox order by id`,
    );
    expect(told).toEqual([
      { type: 'operations.event-retried', outcome: 'failed', login: 'olga' },
      { type: 'operations.event-retried', outcome: 'delivered', login: 'olga' },
    ]);
  });

  it('is delivered once however many operators retry it at a time', async () => {
    const eventId = await parkTwo();
    poison = () => new Promise((resolve) => setTimeout(resolve, 100));
    const tries = await Promise.allSettled([1, 2, 3, 4].map(() => parked.retry(eventId, actor)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(numbers()).toEqual([1, 3, 2]);
  });

  it('is never heard when it is given up', async () => {
    const eventId = await parkTwo();
    await parked.discard(eventId, actor);
    poison = () => undefined;
    await expect(parked.discard(eventId, actor)).rejects.toMatchObject({ code: 'not_found' });
    await record(4);
    await hears(1, 3, 4);
    const [told] = await ledger.query(`select type, payload from ledger.outbox`);
    expect(told).toMatchObject({
      type: 'operations.event-discarded',
      payload: { service: 'ledger', eventId, eventType: happened.type, source: 'shop' },
    });
  });
});

describe.each([
  ['in process', inProcess, false],
  ['over JetStream', overJetStream, true],
])('the log of events, %s', (_where, deliver, isPublished) => {
  const tomorrow = new Date(Date.now() + 86_400_000);
  const count = async (): Promise<number> => (await shop.query('select from shop.outbox')).length;
  const hasPositions = (): Promise<void> =>
    waitUntil(
      async () => (await shop.query('select from shop.outbox where position is null')).length === 0,
      'every event has a position',
    );

  async function readers(): Promise<LogReader[]> {
    const ledgerReader = await parked.findReader('shop');
    const stream = { position: await readCursor(shop, 'shop', JETSTREAM_READER), types: null };
    return [...(ledgerReader ? [ledgerReader] : []), ...(isPublished ? [stream] : [])];
  }

  it('is due only when the log begins with something old', async () => {
    expect(await beginsBefore(shop, tomorrow)).toBe(false);
    await record(1);
    expect(await beginsBefore(shop, new Date(Date.now() - 60_000))).toBe(false);
    expect(await beginsBefore(shop, tomorrow)).toBe(true);
  });

  it('keeps what a consumer that is behind has not heard, however old, and the consumer then misses nothing', async () => {
    const prefix = `behind${(prefixes += 1)}`;
    await record(1, 2);
    await deliver(true, prefix);
    await hears(1, 2);
    await waitUntil(async () => (await parked.findReader('shop'))?.position === 2, 'the cursor is written');
    await stopAll();
    await record(3, 4);
    await deliver(false, prefix);
    await hasPositions();
    expect(await trimOutbox(shop, tomorrow, await readers())).toBe(2);
    expect(await count()).toBe(2);
    await stopAll();
    await deliver(true, prefix);
    await hears(1, 2, 3, 4);
    await waitUntil(
      async () => (await trimOutbox(shop, tomorrow, await readers())) === 2,
      'the rest is trimmed',
    );
    expect(await count()).toBe(0);
    await record(5);
    await hears(1, 2, 3, 4, 5);
  });

  it('keeps what is young, and what has no place in the log yet', async () => {
    await record(1);
    await deliver(true);
    await hears(1);
    await stopAll();
    await record(2);
    expect(await trimOutbox(shop, new Date(Date.now() - 60_000), await readers())).toBe(0);
    await waitUntil(
      async () => (await trimOutbox(shop, tomorrow, await readers())) === 1,
      'the heard one goes',
    );
    expect(await shop.query('select payload from shop.outbox')).toEqual([{ payload: { number: 2 } }]);
  });

  it('does not wait for a service that never wants an event of this type', async () => {
    await shop.transaction((manager) => outbox.record(manager, ignored, {}));
    await deliver(isPublished);
    await hasPositions();
    await waitUntil(async () => (await trimOutbox(shop, tomorrow, await readers())) === 1, 'it is trimmed');
  });
});

describe('trimming', () => {
  it('works through more than one batch', async () => {
    await shop.query(
      `insert into shop.outbox (event_id, type, payload, position, occurred_at)
       select gen_random_uuid(), '${happened.type}', '{"number":1}', n, now() - interval '40 days' from generate_series(1, 2500) n`,
    );
    const until = new Date(Date.now() - 30 * 86_400_000);
    expect(await trimOutbox(shop, until, [{ position: 2300, types: [happened.type] }])).toBe(2300);
    expect(await trimOutbox(shop, until, [])).toBe(200);
  });

  it('forgets what was done long ago, except of events that are parked', async () => {
    const [done, again] = ['01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002'];
    await ledger.query(
      `insert into ledger.event_done (consumer, event_id, done_at) select 'one', id, now() - interval '90 days' from unnest($1::uuid[]) id`,
      [[done, again]],
    );
    await ledger.query(
      `insert into ledger.event_failure (consumer, event_id, source, type, payload, error, attempts, occurred_at)
       values ('ledger', $1, 'shop', 't', '{}', 'e', 1, now())`,
      [again],
    );
    expect(await forgetDoneEvents(ledger, new Date(Date.now() - 60 * 86_400_000))).toBe(1);
    expect(await ledger.query('select event_id from ledger.event_done')).toEqual([{ event_id: again }]);
  });
});
