import { defineContract, MAX_MESSAGE_BYTES, operation, type Client } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { z } from 'zod';
import { createClient, type Bus } from '../src/bus';
import type { DiscoveredHandler } from '../src/handler-discovery';
import { HandlerTable } from '../src/handler-table';
import { InProcessBus } from '../src/in-process-bus';
import { NatsBus } from '../src/nats-bus';
import { connectNats } from '../src/nats-link';
import { NatsResponder } from '../src/nats-responder';
import { startNatsServer } from './support/nats-server';
import { RecordingLogger } from './support/recording-logger';

jest.setTimeout(30_000);

const text = z.object({ text: z.string() });
const shelf = defineContract('shelf', {
  echo: operation(z.object({ text: z.string(), times: z.number().int().default(1) }), text),
  size: operation(text, z.object({ size: z.number() })),
  grow: operation(z.object({ size: z.number() }), text),
  refuse: operation(text, text),
  fail: operation(text, text),
  lie: operation(text, text),
  leak: operation(text, text),
  sleep: operation(z.object({}), z.object({}), { deadlineMs: 150 }),
  dates: operation(z.object({ at: z.iso.datetime() }), z.object({ isText: z.boolean() })),
});
const nobody = defineContract('nobody', { there: operation(text, text) });

const received: unknown[] = [];
let sleeping: (() => void) | null = null;
const methods: Record<string, (payload: never) => unknown> = {
  echo: (request: { text: string; times: number }) => {
    received.push(request);
    return { text: request.text.repeat(request.times) };
  },
  size: (request: { text: string }) => ({ size: request.text.length }),
  grow: ({ size }: { size: number }) => ({ text: 'x'.repeat(size) }),
  refuse: () => {
    throw new DomainError(
      'name_taken',
      'That shelf is taken.',
      { shelf: 7 },
      { cause: new Error('row 7 of table shelves') },
    );
  },
  fail: () => {
    throw new Error('password=hunter2 in the connection string');
  },
  lie: () => ({ text: 42 }),
  leak: () => ({ text: 'ok', passwordHash: 'secret' }),
  // Until it is woken: nothing but the deadline ends a call of it.
  sleep: () => new Promise((resolve) => (sleeping = () => resolve({}))),
  dates: ({ at }: { at: unknown }) => ({ isText: typeof at === 'string' }),
};

interface Ends {
  readonly bus: Bus;
  readonly logger: RecordingLogger;
  stop(): Promise<void>;
}

function makeTable(logger: RecordingLogger): HandlerTable {
  const handlers = Object.entries(methods).map(([name, call]): DiscoveredHandler => ({
    pattern: `shelf.${name}`,
    kind: 'operation',
    service: 'shelf',
    name: `Shelf.${name}`,
    call: call as (payload: unknown) => unknown,
    takesRuns: false,
  }));
  return new HandlerTable([shelf], handlers, logger);
}

async function openInProcess(): Promise<Ends> {
  const logger = new RecordingLogger();
  const bus = new InProcessBus();
  bus.open(makeTable(logger));
  return { bus, logger, stop: async () => bus.close() };
}

async function openNats(): Promise<Ends> {
  const server = await startNatsServer();
  const logger = new RecordingLogger();
  const caller = await connectNats(server.url, logger);
  const owner = await connectNats(server.url, logger);
  const responder = new NatsResponder(owner, makeTable(logger), logger);
  await responder.start([shelf]);
  const stop = async (): Promise<void> => {
    await responder.stop();
    await owner.close();
    await caller.close();
    await server.stop();
  };
  return { bus: new NatsBus(caller), logger, stop };
}

describe.each([
  ['in process', openInProcess],
  ['over NATS', openNats],
])('the bus %s', (_name, open) => {
  let ends: Ends;
  let client: Client<typeof shelf>;

  beforeAll(async () => {
    ends = await open();
    client = createClient(shelf, ends.bus);
  });
  afterAll(() => ends.stop());
  beforeEach(() => {
    received.length = 0;
    ends.logger.lines.length = 0;
  });

  it('calls the handler and gives its answer, with the defaults of the contract filled in', async () => {
    await expect(client.echo({ text: 'ab' })).resolves.toEqual({ text: 'ab' });
    expect(received).toEqual([{ text: 'ab', times: 1 }]);
  });

  it('carries any text unharmed', async () => {
    const odd = '__proto__ \u0000 \u2028 😀 ü "quoted"';
    await expect(client.echo({ text: odd })).resolves.toEqual({ text: odd });
  });

  it('carries only what JSON can say', async () => {
    const at = new Date() as unknown as string;
    await expect(client.dates({ at })).resolves.toEqual({ isText: true });
  });

  it('never hands the caller’s own object to the handler', async () => {
    const request = { text: 'mine' };
    await client.echo(request);
    expect(received[0]).not.toBe(request);
  });

  it('refuses a payload that does not fit the contract, names the fields, and does not call the handler', async () => {
    const call = client.echo({ text: 5, times: 'many' } as unknown as { text: string });
    await expect(call).rejects.toMatchObject({
      name: 'DomainError',
      code: 'invalid_request',
      details: { fields: [{ field: 'text' }, { field: 'times' }] },
    });
    expect(received).toEqual([]);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a list', ['text']],
    ['a function', () => 1],
  ])('refuses %s as a payload', async (_kind, payload) => {
    await expect(client.echo(payload as never)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('refuses what JSON cannot say as an invalid request', async () => {
    const cycle: Record<string, unknown> = { text: 'a' };
    cycle['self'] = cycle;
    await expect(client.echo(cycle as never)).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(client.echo({ text: 1n } as never)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('carries a domain error with code, sentence and details, and nothing else', async () => {
    const error = await client.refuse({ text: '' }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({
      code: 'name_taken',
      message: 'That shelf is taken.',
      details: { shelf: 7 },
    });
    expect((error as Error).cause).toBeUndefined();
    expect(ends.logger.lines).toMatchObject([
      { level: 'info', facts: { pattern: 'shelf.refuse', code: 'name_taken' } },
    ]);
  });

  it('hides any other error behind "internal" and logs it at error', async () => {
    const error = await client.fail({ text: '' }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'internal', details: {} });
    expect((error as Error).message).not.toContain('hunter2');
    expect(ends.logger.lines).toMatchObject([{ level: 'error', facts: { pattern: 'shelf.fail' } }]);
    expect(String(ends.logger.lines[0]?.facts['err'])).toContain('hunter2');
  });

  it('answers "internal" when the handler breaks its contract', async () => {
    await expect(client.lie({ text: '' })).rejects.toMatchObject({ code: 'internal' });
    expect(String(ends.logger.lines[0]?.facts['err'])).toContain('text');
  });

  it('drops fields of an answer that the contract does not have', async () => {
    await expect(client.leak({ text: '' })).resolves.toEqual({ text: 'ok' });
  });

  it('gives up at the deadline', async () => {
    await expect(client.sleep({})).rejects.toMatchObject({
      code: 'deadline_exceeded',
      message: expect.stringContaining('shelf.sleep') as string,
    });
    expect(sleeping).not.toBeNull();
    sleeping?.();
  });

  it('says "unavailable" at once when nobody answers', async () => {
    // Who waits until the deadline says that it was exceeded.
    await expect(createClient(nobody, ends.bus).there({ text: '' })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('refuses a request above the limit, counted in bytes', async () => {
    const frame = '{"text":""}'.length;
    await expect(client.size({ text: 'x'.repeat(MAX_MESSAGE_BYTES - frame) })).resolves.toEqual({
      size: MAX_MESSAGE_BYTES - frame,
    });
    await expect(client.size({ text: 'x'.repeat(MAX_MESSAGE_BYTES - frame + 1) })).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    await expect(client.size({ text: '€'.repeat(MAX_MESSAGE_BYTES / 3) })).rejects.toMatchObject({
      code: 'payload_too_large',
    });
  });

  it('refuses an answer above the limit', async () => {
    await expect(client.grow({ size: MAX_MESSAGE_BYTES })).rejects.toMatchObject({
      code: 'payload_too_large',
      message: expect.stringContaining('answer of shelf.grow') as string,
    });
  });

  it('answers thousands of calls at once, each to its caller', async () => {
    const numbers = Array.from({ length: 5000 }, (_, index) => index);
    const answers = await Promise.all(numbers.map((number) => client.echo({ text: String(number) })));
    expect(answers.map(({ text: answer }) => Number(answer))).toEqual(numbers);
  });
});
