import type { EventEnvelope } from '@packhouse/contracts';
import { startScratchPostgres, type OpenServiceDatabase, type ScratchPostgres } from '@packhouse/database';
import { EventConsumer } from '../src/event-consumer';
import { readCursor, readLog } from '../src/event-log';
import type { DiscoveredHandler } from '../src/handler-discovery';
import { InProcessEventDispatcher } from '../src/in-process-event-dispatcher';
import { OutboxRelay } from '../src/outbox-relay';
import { PostgresOutbox } from '../src/postgres-outbox';
import { happened, ignored, openSchema, quickRetry } from './support/event-fixtures';
import { RecordingLogger } from './support/recording-logger';
import { waitUntil } from './support/wait-until';

jest.setTimeout(30_000);

type Happened = EventEnvelope<{ number: number }>;

const logger = new RecordingLogger();
const outbox = new PostgresOutbox('shop', () => undefined);

let postgres: ScratchPostgres;
let shop: OpenServiceDatabase;
let ledger: OpenServiceDatabase;
let stop: () => Promise<void>;

beforeAll(async () => {
  postgres = await startScratchPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  const url = await postgres.createDatabase();
  [shop, ledger] = await Promise.all([openSchema(url, 'shop'), openSchema(url, 'ledger')]);
});
afterEach(async () => {
  await stop();
  await Promise.all([shop.close(), ledger.close()]);
});

function handler(
  pattern: string,
  name: string,
  takesRuns: boolean,
  call: (events: never) => unknown,
): DiscoveredHandler {
  const plain = call as (payload: unknown) => unknown;
  return { pattern, kind: 'event', service: 'ledger', name, call: plain, takesRuns };
}

/** Everything is recorded before the reader starts: it finds one long log. */
function start(handlers: readonly DiscoveredHandler[]): void {
  const consumer = new EventConsumer('ledger', ledger, handlers, logger, quickRetry);
  const dispatcher = new InProcessEventDispatcher(shop, consumer, logger);
  const relay = new OutboxRelay(shop, () => dispatcher.notify(), logger, { pollMs: 20 });
  dispatcher.start();
  relay.start();
  stop = async () => void (await Promise.all([relay.stop(), dispatcher.stop()]));
}

async function record(...numbers: number[]): Promise<void> {
  await shop.transaction((manager) =>
    outbox.recordAll(
      manager,
      numbers.map((number) => ({ event: happened, payload: { number } })),
    ),
  );
}

const numbersOf = (events: readonly Happened[]): number[] => events.map(({ payload }) => payload.number);
const caughtUp = (): Promise<void> =>
  waitUntil(
    async () =>
      (await readCursor(ledger, 'shop', 'ledger')) ===
      ((await readLog(shop, 0, 10_000)).at(-1)?.position ?? -1),
    'the consumer has caught up',
  );

describe('a handler that takes runs', () => {
  it('gets what waits in one call, in order, without the events that nobody wants', async () => {
    const runs: number[][] = [];
    await record(1, 2);
    await shop.transaction((manager) => outbox.record(manager, ignored, {}));
    await record(3, 4, 5);
    start([
      handler(happened.type, 'Ledger.note', true, (events: Happened[]) => runs.push(numbersOf(events))),
    ]);
    await caughtUp();
    expect(runs).toEqual([[1, 2, 3, 4, 5]]);
  });

  it('gets an array of one when one event waits', async () => {
    const runs: number[][] = [];
    await record(7);
    start([
      handler(happened.type, 'Ledger.note', true, (events: Happened[]) => runs.push(numbersOf(events))),
    ]);
    await caughtUp();
    expect(runs).toEqual([[7]]);
  });

  it('gets each event alone after a failure, and only the bad one is parked', async () => {
    const kept: number[] = [];
    await record(1, 2, 3, 4);
    const note = (events: Happened[]): void => {
      if (numbersOf(events).includes(3)) throw new Error('no threes');
      kept.push(...numbersOf(events));
    };
    start([handler(happened.type, 'Ledger.note', true, note)]);
    await caughtUp();
    expect(kept).toEqual([1, 2, 4]);
    await expect(ledger.query('select payload, attempts from ledger.event_failure')).resolves.toEqual([
      { payload: { number: 3 }, attempts: 3 },
    ]);
  });

  it('keeps the order with events of other handlers', async () => {
    const seen: string[] = [];
    await record(1, 2);
    await shop.transaction((manager) => outbox.record(manager, ignored, {}));
    await record(3);
    start([
      handler(happened.type, 'Ledger.note', true, (events: Happened[]) =>
        seen.push(numbersOf(events).join('+')),
      ),
      handler(ignored.type, 'Ledger.other', true, () => seen.push('other')),
    ]);
    await caughtUp();
    expect(seen).toEqual(['1+2', 'other', '3']);
  });

  it('gets events one by one where a second handler wants them too', async () => {
    const seen: string[] = [];
    await record(1, 2);
    start([
      handler(happened.type, 'Ledger.note', true, (events: Happened[]) =>
        seen.push(`run ${numbersOf(events).join('+')}`),
      ),
      handler(happened.type, 'Ledger.count', false, ({ payload }: Happened) =>
        seen.push(`one ${payload.number}`),
      ),
    ]);
    await caughtUp();
    expect(seen).toEqual(['run 1', 'one 1', 'run 2', 'one 2']);
  });
});
