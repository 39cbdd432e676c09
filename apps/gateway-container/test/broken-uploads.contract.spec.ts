import { connect, type Socket } from 'node:net';
import { digestOf, openUpload, sendBlob, waitUntil, withDigest, type OciHttp } from '@packhouse/testing';
import { startRegistry, type ContainerRegistry } from './support/registry-under-test';

jest.setTimeout(120_000);

const MOST = 1_000_000;
let registry: ContainerRegistry;
let http: OciHttp;
let authorization: string;

beforeAll(async () => {
  registry = await startRegistry('embedded', { PACKHOUSE_CONTAINER_MAX_LAYER: String(MOST) });
  http = registry.http(await registry.createUser('olga', ['full']));
  authorization = `Bearer ${await http.getToken('repository:olga/app:pull,push')}`;
});
afterAll(() => registry?.stop());

/** A connection on which bytes are written by hand. */
class Wire {
  private received = '';
  closed = false;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.closed = true));
  }

  static async open(): Promise<Wire> {
    const { hostname, port } = new URL(registry.url);
    const socket = connect(Number(port), hostname);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Wire(socket);
  }

  start(method: string, path: string, headers: Record<string, string | number>): void {
    const lines = Object.entries({ host: 'localhost', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    this.socket.write(`${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`);
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  cut(): void {
    this.socket.destroy();
  }

  /** Statuses of what has come, interim ones too. */
  async statuses(count: number): Promise<number[]> {
    const found = (): number[] =>
      [...this.received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
    await waitUntil('the server answers', () => found().length >= count, { seconds: 10, everyMs: 10 });
    return found();
  }

  get text(): string {
    return this.received;
  }
}

const waiting = { expect: '100-continue' };

describe('a client that asks before it sends', () => {
  it('is refused without being asked for anything', async () => {
    const location = await openUpload(http, 'olga/app');
    const wire = await Wire.open();
    wire.start('PATCH', location, { ...waiting, 'content-length': MOST });
    expect(await wire.statuses(1)).toEqual([401]);
    expect(wire.text).toMatch(/connection: close/i);
    wire.cut();
  });

  it('is told of a length that is too large at once', async () => {
    const location = await openUpload(http, 'olga/app');
    const wire = await Wire.open();
    wire.start('PUT', withDigest(location, digestOf(Buffer.from('x'))), {
      ...waiting,
      authorization,
      'content-length': MOST + 1,
    });
    expect(await wire.statuses(1)).toEqual([413]);
    expect(wire.text).toContain('SIZE_INVALID');
    wire.cut();
    expect((await http.send('GET', location)).status).toBe(404);
  });

  it.each(['PATCH', 'PUT'])('is told by %s that the owner has no room for it at once', async (method) => {
    await registry.platform?.api.setStorageLimit('full', 1000);
    const token = `Bearer ${await http.getToken('repository:full/app:pull,push')}`;
    const send = async (length: number) => {
      const location = await openUpload(http, 'full/app');
      const wire = await Wire.open();
      const path = method === 'PUT' ? withDigest(location, digestOf(Buffer.from('x'))) : location;
      wire.start(method, path, { ...waiting, authorization: token, 'content-length': length });
      const statuses = await wire.statuses(1);
      wire.cut();
      return { location, statuses, text: wire.text };
    };
    const refused = await send(1001);
    expect(refused.statuses).toEqual([403]);
    expect(refused.text).toMatch(/"code":"DENIED","message":"[^"]*1 KB/);
    expect((await http.send('GET', refused.location)).status).toBe(404);
    const fitting = await send(1000);
    expect(fitting.statuses).toEqual([100]);
    const reserved = async () => (await registry.platform!.api.getStorage('full')).reserved;
    const isFree = async (): Promise<boolean> => (await reserved()) === 0;
    await waitUntil('what never came is free', isFree, { seconds: 10, everyMs: 50 });
    expect((await http.send('DELETE', fitting.location)).status).toBe(204);
  });

  it('is asked to go on when it may', async () => {
    const location = await openUpload(http, 'olga/app');
    const wire = await Wire.open();
    wire.start('PATCH', location, { ...waiting, authorization, 'content-length': 5 });
    expect(await wire.statuses(1)).toEqual([100]);
    wire.write(Buffer.from('hello'));
    expect(await wire.statuses(2)).toEqual([100, 202]);
    wire.cut();
    const bytes = Buffer.from('hello');
    expect((await http.send('PUT', withDigest(location, digestOf(bytes)))).status).toBe(201);
  });
});

describe('an upload that is too large', () => {
  it.each(['put', 'patch', 'stream', 'post'] as const)(
    'is refused when it comes by %s, and is over',
    async (style) => {
      const bytes = Buffer.alloc(MOST + 1, style);
      expect(await sendBlob(http, 'olga/app', bytes, style)).toMatchObject({
        status: 413,
        codes: ['SIZE_INVALID'],
      });
      expect((await http.send('HEAD', `/v2/olga/app/blobs/${digestOf(bytes)}`)).status).toBe(404);
    },
  );

  it('is refused also when it comes in chunks that are small each', async () => {
    const location = await openUpload(http, 'olga/app');
    const part = Buffer.alloc(MOST / 2 + 1);
    expect((await http.send('PATCH', location, { body: part })).status).toBe(202);
    expect(await http.send('PATCH', location, { body: part })).toMatchObject({
      status: 413,
      codes: ['SIZE_INVALID'],
    });
    expect((await http.send('GET', location)).status).toBe(404);
  });
});

describe('an upload whose connection breaks', () => {
  it('goes on from what had come', async () => {
    const bytes = Buffer.from('0123456789'.repeat(1000));
    const location = await openUpload(http, 'olga/app');
    const wire = await Wire.open();
    wire.start('PATCH', location, { authorization, 'content-length': bytes.length });
    wire.write(bytes.subarray(0, 5000));
    await new Promise((resolve) => setTimeout(resolve, 200));
    wire.cut();
    const range = async () => (await http.send('GET', location)).headers.range;
    await waitUntil('what came is kept', async () => (await range()) === '0-4999', {
      seconds: 10,
      everyMs: 50,
    });
    const rest = await http.send('PATCH', location, {
      body: bytes.subarray(5000),
      headers: { 'content-range': '5000-9999' },
    });
    expect(rest).toMatchObject({ status: 202 });
    expect((await http.send('PUT', withDigest(location, digestOf(bytes)))).status).toBe(201);
    expect((await http.send('GET', `/v2/olga/app/blobs/${digestOf(bytes)}`)).body.equals(bytes)).toBe(true);
  });

  it('in its closing request is not over', async () => {
    const bytes = Buffer.from('abcdefghij'.repeat(100));
    const location = await openUpload(http, 'olga/app');
    const wire = await Wire.open();
    wire.start('PUT', withDigest(location, digestOf(bytes)), {
      authorization,
      'content-length': bytes.length,
    });
    wire.write(bytes.subarray(0, 300));
    await new Promise((resolve) => setTimeout(resolve, 200));
    wire.cut();
    await waitUntil(
      'what came is kept',
      async () => (await http.send('GET', location)).headers.range === '0-299',
      { seconds: 10, everyMs: 50 },
    );
    expect((await http.send('HEAD', `/v2/olga/app/blobs/${digestOf(bytes)}`)).status).toBe(404);
    const rest = await http.send('PUT', withDigest(location, digestOf(bytes)), { body: bytes.subarray(300) });
    expect(rest.status).toBe(201);
  });

  it('takes one writer at a time', async () => {
    const location = await openUpload(http, 'olga/app');
    const wire = await Wire.open();
    wire.start('PATCH', location, { authorization, 'content-length': 10 });
    wire.write(Buffer.from('01234'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const other = await http.send('PATCH', location, { body: 'abc' });
    expect(other).toMatchObject({ status: 409, codes: ['BLOB_UPLOAD_INVALID'] });
    wire.write(Buffer.from('56789'));
    expect(await wire.statuses(1)).toEqual([202]);
    wire.cut();
    expect((await http.send('PUT', withDigest(location, digestOf(Buffer.from('0123456789'))))).status).toBe(
      201,
    );
  });
});

it('says when an account has too many uploads open', async () => {
  const few = await startRegistry('embedded', { PACKHOUSE_CONTAINER_MAX_UPLOADS: '2' });
  try {
    const own = few.http(await few.createUser('olga'));
    await openUpload(own, 'olga/app');
    const second = await openUpload(own, 'olga/app');
    const third = () => own.send('POST', '/v2/olga/app/blobs/uploads/');
    expect(await third()).toMatchObject({ status: 429, codes: ['TOOMANYREQUESTS'] });
    await own.send('DELETE', second);
    expect((await third()).status).toBe(202);
  } finally {
    await few.stop();
  }
});
