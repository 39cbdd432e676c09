import { randomBytes } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { BodySink } from './body-sink';

const PIECE = 256 * 1024;

let server: FastifyInstance;
let port: number;
let handle: (reply: FastifyReply) => Promise<void>;

beforeEach(async () => {
  server = fastify();
  server.get('/', (_request, reply) => handle(reply));
  await server.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = server.server.address() as AddressInfo);
});

afterEach(async () => {
  server.server.closeAllConnections();
  await server.close();
});

async function ask(): Promise<IncomingMessage> {
  const [answer] = (await once(get({ port, host: '127.0.0.1', agent: false }), 'response')) as [
    IncomingMessage,
  ];
  return answer;
}

/** Sends the same memory over and over, with other bytes each time: what a reader of files does. */
async function pour(reply: FastifyReply, content: Buffer): Promise<void> {
  const sink = new BodySink(reply.header('content-length', content.length));
  const memory = Buffer.alloc(PIECE);
  for (let at = 0; at < content.length; at += PIECE) {
    const bytes = content.copy(memory, 0, at);
    await sink.take(memory.subarray(0, bytes));
  }
  sink.end();
}

describe('BodySink', () => {
  it('sends what memory held when it was taken, though it is used again at once', async () => {
    const content = randomBytes(40 * PIECE + 5);
    handle = (reply) => pour(reply.header('x-kind', 'content'), content);
    const answer = await ask();
    expect(answer.headers).toMatchObject({ 'content-length': String(content.length), 'x-kind': 'content' });
    expect((await buffer(answer)).equals(content)).toBe(true);
  });

  it('answers an empty body', async () => {
    handle = async (reply) => new BodySink(reply.header('content-length', 0)).end();
    const answer = await ask();
    expect([answer.statusCode, (await buffer(answer)).length]).toEqual([200, 0]);
  });

  it('leaves a failure before the first piece to be answered as one', async () => {
    handle = (reply) => {
      expect(new BodySink(reply).isGone).toBe(false);
      return Promise.reject(new Error('There is nothing'));
    };
    const answer = await ask();
    expect(answer.statusCode).toBe(500);
    expect((await buffer(answer)).toString()).toContain('There is nothing');
  });

  it('tells of a client that goes away while it waits for it', async () => {
    const failed = new Promise<unknown>((resolve) => {
      handle = async (reply) => {
        const sink = new BodySink(reply);
        const piece = randomBytes(PIECE);
        try {
          for (;;) await sink.take(piece);
        } catch (error) {
          resolve(error);
          expect(sink.isGone).toBe(true);
          await expect(sink.take(piece)).rejects.toThrow('closed');
        }
      };
    });
    const answer = await ask();
    await once(answer, 'readable');
    answer.destroy();
    expect(await failed).toBeInstanceOf(Error);
  });

  it('tells of it also when an earlier answer on the connection kept this one waiting', async () => {
    const socket = connect(port, '127.0.0.1');
    let asked = 0;
    const failed = new Promise<unknown>((resolve) => {
      handle = async (reply) => {
        asked += 1;
        const sink = new BodySink(reply);
        // The first answer stops in its middle; what is written for the second waits behind it.
        if (asked === 1) return sink.take(Buffer.from('first'));
        const taken = sink.take(Buffer.from('second'));
        socket.destroy();
        await taken.catch(resolve);
      };
    });
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(2));
    expect(await failed).toEqual(new Error('The client closed the connection'));
  });

  it('tells who reads for a client that goes away while the next piece is awaited', async () => {
    const aborted = new Promise<unknown>((resolve) => {
      handle = async (reply) => {
        const sink = new BodySink(reply);
        await sink.take(Buffer.from('first'));
        sink.signal.addEventListener('abort', () => resolve(sink.signal.reason));
      };
    });
    const answer = await ask();
    answer.destroy();
    expect(await aborted).toEqual(new Error('The client closed the connection'));
  });

  it('tells nobody who has ended, or gave up', async () => {
    const sinks: BodySink[] = [];
    handle = async (reply) => {
      const [ended, failed] = [new BodySink(reply.header('content-length', 0)), new BodySink(reply)];
      sinks.push(ended, failed);
      failed.leave();
      ended.end();
    };
    const answer = await ask();
    await buffer(answer);
    const closed = once(answer.socket, 'close');
    server.server.closeAllConnections();
    await closed;
    await new Promise(setImmediate);
    expect(sinks.map(({ signal }) => signal.aborted)).toEqual([false, false]);
  });

  it('listens once to a connection, however many answers wait on it', async () => {
    const socket = connect(port, '127.0.0.1');
    const counts: number[] = [];
    const gone: unknown[] = [];
    const all = new Promise<void>((resolve) => {
      handle = async (reply) => {
        const sink = new BodySink(reply);
        counts.push(reply.request.raw.socket.listenerCount('close'));
        if (counts.length === 12) socket.destroy();
        await sink.take(Buffer.from('a')).catch((error: unknown) => gone.push(error));
        if (!sink.signal.aborted) await once(sink.signal, 'abort');
        if (gone.length === 11) resolve();
      };
    });
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(12));
    await all;
    expect(new Set(counts).size).toBe(1);
  });
});
