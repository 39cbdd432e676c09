import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { FrontProxy, type Upstream } from './front-proxy';

let replicas: Server[];
let ports: number[];
let front: FrontProxy;
let frontPort: number;
let upstreams: Upstream[];

function listenOn(server: Server): Promise<number> {
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
}

/** Answers what it saw: replica, path and headers as they came, and the number of body bytes. */
function mirror(name: string): Server {
  return createServer((incoming, answer) => {
    if (incoming.url === '/toy/cut') {
      answer.writeHead(200, { 'content-length': '100' });
      answer.write('half');
      setTimeout(() => answer.destroy(), 20);
      return;
    }
    if (incoming.url === '/toy/refused') {
      incoming.once('data', () => answer.writeHead(403).end('no'));
      return;
    }
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => (bytes += chunk.length));
    incoming.on('end', () => {
      answer.writeHead(201, { 'X-Two': ['a', 'b'], connection: 'close' });
      answer.end(
        JSON.stringify({
          name,
          method: incoming.method,
          url: incoming.url,
          headers: incoming.rawHeaders,
          bytes,
        }),
      );
    });
  });
}

interface Seen {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly headers: string[];
  readonly bytes: number;
}

/** One request with its path exactly as given. */
function send(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: Buffer } = {},
) {
  return new Promise<{ answer: IncomingMessage; text: string }>((resolve, reject) => {
    const { method = 'GET', headers, body } = options;
    const sent = request({ host: '127.0.0.1', port: frontPort, path, method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ answer, text }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function see(path: string, options?: Parameters<typeof send>[1]): Promise<Seen> {
  return JSON.parse((await send(path, options)).text) as Seen;
}

beforeAll(async () => {
  replicas = ['toy 1', 'toy 2', 'rest'].map(mirror);
  ports = await Promise.all(replicas.map(listenOn));
  upstreams = [
    { paths: ['/'], ports: [ports[2] ?? null] },
    { paths: ['/toy'], ports: [ports[0] ?? null, ports[1] ?? null] },
  ];
  front = new FrontProxy({ upstreams: () => upstreams, isReady: () => true });
  frontPort = await front.listen('127.0.0.1', 0);
});

afterAll(async () => {
  await front.close();
  for (const replica of replicas) replica.close();
});

describe('the proxy in front of a cluster', () => {
  it('asks the replicas of a service in turn, and sends the rest to the root', async () => {
    const names = [await see('/toy/a'), await see('/toy/a'), await see('/toys')].map(({ name }) => name);
    expect(names.slice(0, 2).sort()).toEqual(['toy 1', 'toy 2']);
    expect(names[2]).toBe('rest');
  });

  it('passes a path byte for byte', async () => {
    const path = '/toy/@a%2fb/%2e%2e/x//y?z=%2F&z';
    expect((await see(path)).url).toBe(path);
  });

  it('tells who asked for what, and believes no client about it', async () => {
    const { headers } = await see('/toy/a', {
      headers: { host: 'packages.example.com', 'x-forwarded-host': 'evil' },
    });
    const pairs = headers.flatMap((name, i) =>
      i % 2 === 0 ? [`${name.toLowerCase()}: ${headers[i + 1] ?? ''}`] : [],
    );
    expect(pairs).toEqual(
      expect.arrayContaining(['host: packages.example.com', 'x-forwarded-host: packages.example.com']),
    );
    expect(pairs).toEqual(expect.arrayContaining(['x-forwarded-proto: http', 'x-forwarded-for: 127.0.0.1']));
    expect(headers).not.toContain('evil');
  });

  it('passes bodies of known and of unknown length, and repeated answer headers', async () => {
    const body = Buffer.alloc(3_000_000, 'x');
    expect((await see('/toy/up', { method: 'PUT', body })).bytes).toBe(body.length);
    const chunked = await see('/toy/up', {
      method: 'PUT',
      body,
      headers: { 'transfer-encoding': 'chunked' },
    });
    expect(chunked).toMatchObject({ bytes: body.length, method: 'PUT' });
    const { answer } = await send('/toy/a');
    expect([answer.statusCode, answer.headers['x-two']]).toEqual([201, 'a, b']);
  });

  it.each(['keep-alive', 'close'])(
    'reads on when an upload is refused before its end (connection: %s)',
    async (connection) => {
      const sent = request(`http://127.0.0.1:${frontPort}/toy/refused`, {
        method: 'PUT',
        headers: { connection },
      });
      const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
      const allSent = once(sent, 'finish');
      sent.end(Buffer.alloc(40_000_000));
      const [answer] = await answered;
      expect(answer.statusCode).toBe(403);
      await allSent;
      answer.resume();
    },
  );

  it('lets a client see that an answer was cut', async () => {
    await expect(send('/toy/cut')).rejects.toThrow();
  });

  it('says that a service is down, and asks only the replicas that are up', async () => {
    upstreams = [{ paths: ['/toy'], ports: [null, ports[1] ?? null] }];
    expect([(await see('/toy/a')).name, (await see('/toy/a')).name]).toEqual(['toy 2', 'toy 2']);
    upstreams = [{ paths: ['/toy'], ports: [null, null] }];
    expect((await send('/toy/a')).answer.statusCode).toBe(503);
    upstreams = [{ paths: ['/toy'], ports: [1] }];
    expect((await send('/toy/a')).answer.statusCode).toBe(502);
  });

  it('outlives a client that leaves in the middle of its upload', async () => {
    upstreams = [{ paths: ['/toy'], ports: [ports[0] ?? null] }];
    const socket = connect(frontPort, '127.0.0.1');
    socket.write('PUT /toy/up HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc', () =>
      socket.destroy(),
    );
    await new Promise((resolve) => socket.once('close', resolve));
    expect((await see('/toy/a')).name).toBe('toy 1');
  });
});
