import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning, postmasterOf } from './support/process-state';
import { Product } from './support/product';

jest.setTimeout(120_000);

let parent: string;
let data: string;
let adminPassword = '';
const running: Product[] = [];

function launch(env: Record<string, string> = {}, args: readonly string[] = ['start']): Product {
  const product = new Product(args, { PACKHOUSE_DATA: data, PACKHOUSE_PORT: '0', ...env });
  running.push(product);
  return product;
}

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'packhouse-start-'));
  data = join(parent, 'data');
});

afterAll(async () => {
  for (const product of running) product.kill('SIGTERM');
  await Promise.all(running.map((product) => product.end()));
  await rm(parent, { recursive: true, force: true });
});

/** One sentence on standard error, nothing of a stack, exit code 1. */
async function expectSentence(product: Product, sentence: RegExp): Promise<void> {
  const { code, stderr } = await product.end();
  expect(stderr.trim()).toMatch(sentence);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(1);
}

describe('packhouse start, embedded', () => {
  it('shows on the first start where it is, the first password once, and what to paste; SIGTERM ends it with 0', async () => {
    const product = launch();
    const url = await product.ready();
    expect(product.stdout).toMatch(/login\s+admin-user/);
    adminPassword = /password\s+(\S{12,})/.exec(product.stdout)?.[1] ?? '';
    expect(adminPassword).not.toBe('');
    expect(product.stdout).toContain(`registry=${url}/`);
    expect(product.stdout).toContain(data);

    const live = await fetch(`${url}/health/live`);
    expect([live.status, await live.json()]).toEqual([200, { live: true, state: 'started' }]);
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      ready: true,
      parts: { process: 'ok', 'database auth': 'ok' },
    });

    product.kill('SIGTERM');
    const { code, signal, stderr } = await product.end();
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  });

  it('says nothing of a password on the second start', async () => {
    const product = launch();
    await product.ready();
    expect(product.stdout).not.toMatch(/password/i);
    product.kill('SIGINT');
    expect((await product.end()).code).toBe(0);
  });

  it('starts again after kill -9, while the Postgres of the killed process still runs', async () => {
    const killed = launch();
    await killed.ready();
    const postmaster = await postmasterOf(data);
    killed.kill('SIGKILL');
    await killed.end();
    expect(await isRunning(postmaster)).toBe(true);

    const next = launch();
    const url = await next.ready();
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect(await isRunning(postmaster)).toBe(false);
    next.kill('SIGTERM');
    expect((await next.end()).code).toBe(0);
  });

  it('ends a request in flight before it ends itself', async () => {
    const product = launch({ PACKHOUSE_SHUTDOWN_SECONDS: '60' });
    const url = new URL(await product.ready());
    const { connect } = await import('node:net');
    const socket = connect(Number(url.port), url.hostname);
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const body = JSON.stringify({ login: 'acme' });
    const authorization = `Basic ${Buffer.from(`admin-user:${adminPassword}`).toString('base64')}`;
    // Half of a request body: the rest follows after the signal.
    socket.write(
      `POST /api/packhouse/v1/organizations HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: ${authorization}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    const signalledAt = Date.now();
    product.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 500));
    socket.write(body.slice(5));
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 20[01] /);
    expect((await product.end()).code).toBe(0);
    // The connection was kept for a next request: that must not use up the limit.
    expect(Date.now() - signalledAt).toBeLessThan(30_000);
  });
});

describe('a start that cannot be', () => {
  let other: Server;
  let busyPort: number;

  beforeAll(async () => {
    other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    busyPort = (other.address() as { port: number }).port;
  });

  afterAll(() => new Promise((resolve) => other.close(resolve)));

  it('names a busy port', async () => {
    await expectSentence(
      launch({ PACKHOUSE_PORT: String(busyPort) }),
      new RegExp(`^Port ${busyPort} on 127\\.0\\.0\\.1 is in use: .*PACKHOUSE_PORT`),
    );
  });

  it('names a data folder that cannot be written', async () => {
    const file = join(parent, 'file');
    await writeFile(file, '');
    await expectSentence(
      launch({ PACKHOUSE_DATA: join(file, 'data') }),
      /^The data folder .* cannot be written .*PACKHOUSE_DATA/,
    );
  });

  it('names a data folder below one that takes no folders', async () => {
    await expectSentence(
      launch({ PACKHOUSE_DATA: '/proc/packhouse' }),
      /^The data folder \/proc\/packhouse cannot be written/,
    );
  });

  it('names every wrong setting', async () => {
    await expectSentence(
      launch({ PACKHOUSE_PORT: 'many', PACKHOUSE_FSYNC: 'perhaps' }),
      /^Wrong settings\. PACKHOUSE_PORT="many": use a whole number.*PACKHOUSE_FSYNC="perhaps": use on or off/,
    );
  });

  it('names the process that uses the data folder already', async () => {
    const first = launch();
    await first.ready();
    await expectSentence(launch(), new RegExp(`in use by process ${first.pid}: .*PACKHOUSE_DATA`));
    first.kill('SIGTERM');
    expect((await first.end()).code).toBe(0);
  });

  it('names a NATS that cannot be reached', async () => {
    const env = {
      PACKHOUSE_NATS_URL: 'nats://127.0.0.1:1',
      PACKHOUSE_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    };
    await expectSentence(launch(env, ['serve', 'gateway-npm']), /NATS.*127\.0\.0\.1:1/);
  });
});

describe('packhouse serve', () => {
  it('lists the services and refuses an unknown one', async () => {
    expect((await launch({}, ['serve', '--list']).end()).stdout.split('\n')).toContain('metadata');
    await expectSentence(
      launch({}, ['serve', 'metadat']),
      /^There is no service "metadat": use one of auth, metadata/,
    );
  });
});
