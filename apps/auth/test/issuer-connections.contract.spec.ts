import { execFileSync } from 'node:child_process';
import type { lookup, LookupAddress } from 'node:dns';
import { readFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { makeTemporaryFolder, removeTemporaryFolders, runCommand } from '@packhouse/testing';
import { fetchJson } from '../src/trusted-publishing/fetch-json';

jest.setTimeout(30_000);

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
afterAll(() => removeTemporaryFolders());

/** A server and how often somebody connected to it. */
async function listen(server: Server, host: string, port = 0) {
  const seen = { port: 0, connections: 0 };
  servers.push(server);
  server.on('connection', () => (seen.connections += 1));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  seen.port = (server.address() as AddressInfo).port;
  return seen;
}

const says =
  (text: string): RequestListener =>
  (_request, answer) =>
    void answer.end(JSON.stringify({ text }));

/** A resolver that gives the next answer each time it is asked, as that of somebody who rebinds a name. */
function resolverOf(...answers: string[][]) {
  const asked = { count: 0 };
  const resolve = ((
    _name: string,
    _options: object,
    callback: (error: null, found: LookupAddress[]) => void,
  ) => {
    const addresses = answers[Math.min(asked.count, answers.length - 1)] ?? [];
    asked.count += 1;
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    setImmediate(() => callback(null, found));
  }) as unknown as typeof lookup;
  return { asked, resolve };
}

describe('a name that changes where it leads', () => {
  it('is asked once, and the connection goes to the address that was judged', async () => {
    const judged = await listen(createHttp(says('judged')), '127.0.0.1');
    const other = await listen(createHttp(says('other')), '127.0.0.2', judged.port);
    const { asked, resolve } = resolverOf(['127.0.0.1'], ['127.0.0.2']);
    const url = `http://localhost:${judged.port}/`;
    expect(await fetchJson(url, true, resolve)).toEqual({ text: 'judged' });
    expect([asked.count, judged.connections, other.connections]).toEqual([1, 1, 0]);
    // Asked again it is judged again.
    expect(await fetchJson(url, true, resolve)).toEqual({ text: 'other' });
    expect([asked.count, judged.connections, other.connections]).toEqual([2, 1, 1]);
  });

  it.each([
    ['a private one', ['127.0.0.1']],
    ['a private one behind a public one', ['140.82.112.3', '127.0.0.1']],
    ['a private one written as IPv6', ['::ffff:127.0.0.1']],
    ['where clouds give out credentials', ['169.254.169.254']],
    ['none', []],
  ])('to %s is not connected to', async (_what, addresses) => {
    const { key, cert } = makeCertificate('ci.example.test');
    const server = await listen(createHttps({ key, cert }, says('secret')), '127.0.0.1');
    const { resolve } = resolverOf(addresses);
    const url = `https://ci.example.test:${server.port}/`;
    await expect(fetchJson(url, false, resolve)).rejects.toThrow(/not on a public address|no address/);
    expect(server.connections).toBe(0);
  });

  it('is not followed by a redirect to another address either', async () => {
    const secret = await listen(createHttp(says('secret')), '127.0.0.2');
    const redirecting = createHttp((_request, answer) =>
      answer.writeHead(307, { location: `http://127.0.0.2:${secret.port}/` }).end(),
    );
    const { port } = await listen(redirecting, '127.0.0.1');
    await expect(fetchJson(`http://127.0.0.1:${port}/`, true)).rejects.toThrow(/redirects/);
    expect(secret.connections).toBe(0);
  });
});

describe('an issuer that drags on', () => {
  it.each([
    ['bytes of its answer', true],
    ['its headers', false],
  ])('with %s is left after five seconds', async (_what, inBody) => {
    const timers: NodeJS.Timeout[] = [];
    const server = createHttp((request, answer) => {
      if (inBody) answer.writeHead(200);
      else request.socket.write('HTTP/1.1 200 OK\r\n');
      const drip = () => (inBody ? answer.write(' ') : request.socket.write('x-more: 1\r\n'));
      timers.push(setInterval(drip, 200));
    });
    const { port } = await listen(server, '127.0.0.1');
    const began = Date.now();
    await expect(fetchJson(`http://127.0.0.1:${port}/`, true)).rejects.toThrow(/within 5 seconds/);
    timers.forEach(clearInterval);
    // It would drag on for ever.
    expect(Date.now() - began).toBeLessThan(15_000);
  });
});

/** A certificate for one name, by an authority of its own. */
function makeCertificate(name: string) {
  const folder = makeTemporaryFolder('authority');
  const file = (part: string) => join(folder, part);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '1',
    '-subj',
    '/CN=Test CA',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', 'key.pem', '-out', 'request.pem');
  const names = ['-copy_extensions', 'none', '-extfile', file('names')];
  execFileSync('sh', ['-c', `printf 'subjectAltName=DNS:${name}' > names`], { cwd: folder });
  openssl(
    ...['x509', '-req', '-in', 'request.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-days', '1', '-out', 'cert.pem', ...names],
  );
  return {
    key: readFileSync(file('key.pem')),
    cert: readFileSync(file('cert.pem')),
    authority: file('ca.pem'),
  };
}

describe('an issuer with a certificate of a company’s own authority', () => {
  const compiled = join(__dirname, '../dist/trusted-publishing/fetch-json.js');

  /** In a process of its own: Node reads its roots at start. */
  async function fetchInProcess(url: string, authority?: string): Promise<string> {
    const program = `require(${JSON.stringify(compiled)}).fetchJson(${JSON.stringify(url)}, true)
      .then((value) => console.log(JSON.stringify(value)), (error) => console.log(error.message))`;
    const env: Record<string, string> = authority === undefined ? {} : { NODE_EXTRA_CA_CERTS: authority };
    return (await runCommand(process.execPath, ['-e', program], { env })).stdout.trim();
  }

  it('is trusted with NODE_EXTRA_CA_CERTS, and not without', async () => {
    const { key, cert, authority } = makeCertificate('localhost');
    const { port } = await listen(createHttps({ key, cert }, says('keys')), '127.0.0.1');
    const url = `https://localhost:${port}/`;
    expect(await fetchInProcess(url, authority)).toBe('{"text":"keys"}');
    expect(await fetchInProcess(url)).toMatch(/certificate/);
  });

  it('is not trusted under a name that is not its own', async () => {
    const { key, cert, authority } = makeCertificate('elsewhere.example.test');
    const { port } = await listen(createHttps({ key, cert }, says('keys')), '127.0.0.1');
    expect(await fetchInProcess(`https://localhost:${port}/`, authority)).toMatch(/altnames/);
  });
});
