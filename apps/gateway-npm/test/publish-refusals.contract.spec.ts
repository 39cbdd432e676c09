import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { waitUntil } from '@packhouse/testing';
import {
  hostileTarballs,
  makeBomb,
  makePublish,
  makePublishDocument,
  makeTar,
  makeTarball,
} from './builders';
import { expectRefusal, HttpRegistry, type Person } from './support/http-registry';

jest.setTimeout(120_000);

let registry: HttpRegistry;
let owner: Person;

beforeAll(async () => {
  registry = await HttpRegistry.start({ PACKHOUSE_NPM_MAX_FILES: '2000' });
  owner = await registry.createUser('owen', ['acme']);
});

afterAll(() => registry?.stop());

/** Nothing of the package is visible, nothing is left of the upload, and the next request is served. */
afterEach(async () => {
  expectRefusal(await registry.call('/@acme/thing', { token: owner.token }), 404);
  const search = (await registry.call('/-/v1/search?text=thing', { token: owner.token })).json;
  expect(search['total']).toBe(0);
  await registry.expectUnharmed();
});

type Document = Record<string, unknown> & {
  versions: Record<string, Record<string, unknown>>;
  _attachments: Record<string, Record<string, unknown>>;
};

const key = '@acme/thing-1.0.0.tgz';

async function changed(change: (document: Document) => void): Promise<Document> {
  const document = (await makePublish()).document as Document;
  change(document);
  return document;
}

const hostileDocuments: Record<string, (document: Document) => void> = {
  'no tarball': (document) => void (document._attachments = {}),
  'attachments that are a list': (document) => void Object.assign(document, { _attachments: [] }),
  'an attachment without data': (document) => void delete document._attachments[key]!['data'],
  'data that is empty': (document) => void (document._attachments[key]!['data'] = ''),
  'data that is not text': (document) => void (document._attachments[key]!['data'] = 5),
  'data that is not base64': (document) => void (document._attachments[key]!['data'] = '!!!not base64!!!'),
  'data with white space': (document) =>
    void (document._attachments[key]!['data'] = `${String(document._attachments[key]!['data'])}\n`),
  'data without its padding': (document) =>
    void (document._attachments[key]!['data'] =
      `${String(document._attachments[key]!['data']).slice(0, -3)}A`),
  'a length that is wrong': (document) => void (document._attachments[key]!['length'] = 5),
  'a length that is no number': (document) => void (document._attachments[key]!['length'] = '5'),
  'two tarballs': (document) =>
    void (document._attachments['@acme/thing-1.0.1.tgz'] = { ...document._attachments[key] }),
  'no version': (document) => void (document.versions = {}),
  'versions that are a list': (document) => void Object.assign(document, { versions: [1] }),
  'a version that is null': (document) => void Object.assign(document.versions, { '1.0.0': null }),
  'two versions': (document) =>
    void (document.versions['1.0.1'] = { ...document.versions['1.0.0'], version: '1.0.1' }),
  'a version under another key': (document) =>
    void (document.versions = { '1.0.1': document.versions['1.0.0']! }),
  'another name': (document) => void Object.assign(document, { name: '@acme/other' }),
  'no name': (document) => void delete document['name'],
  'another id': (document) => void Object.assign(document, { _id: '@acme/other' }),
  'a name that is an object': (document) => void Object.assign(document, { name: { toString: 1 } }),
  'a manifest of another package': (document) => void (document.versions['1.0.0']!['name'] = '@acme/other'),
  'a tag of another version': (document) =>
    void Object.assign(document, { 'dist-tags': { latest: '2.0.0' } }),
  'a tag that is no text': (document) => void Object.assign(document, { 'dist-tags': { latest: {} } }),
  'a tag that is a range': (document) => void Object.assign(document, { 'dist-tags': { '1.x': '1.0.0' } }),
  'a tag called constructor': (document) =>
    void Object.assign(document, { 'dist-tags': { constructor: '1.0.0' } }),
  'a tag called __proto__': (document) =>
    void Object.assign(document, { 'dist-tags': JSON.parse('{"__proto__":"1.0.0"}') as unknown }),
  'sixty tags': (document) =>
    void Object.assign(document, {
      'dist-tags': Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`tag-${index}`, '1.0.0'])),
    }),
  'an access of its own': (document) => void Object.assign(document, { access: 'everybody' }),
  'no digest': (document) => void (document.versions['1.0.0']!['dist'] = {}),
  'no dist': (document) => void delete document.versions['1.0.0']!['dist'],
  'a wrong integrity': (document) =>
    void Object.assign(document.versions['1.0.0']!['dist']!, { integrity: `sha512-${'A'.repeat(86)}==` }),
  'a wrong shasum': (document) =>
    void Object.assign(document.versions['1.0.0']!['dist']!, { shasum: '0'.repeat(40) }),
  'dependencies the tarball has not': (document) =>
    void (document.versions['1.0.0']!['dependencies'] = { evil: '1.0.0' }),
  'scripts the tarball has not': (document) =>
    void (document.versions['1.0.0']!['scripts'] = { postinstall: 'curl evil' }),
  'a bin the tarball has not': (document) => void (document.versions['1.0.0']!['bin'] = { npm: './evil.js' }),
};

/** Without an attachment the document asks for a change of a package, which is not there. */
const withoutTarball = ['no tarball', 'attachments that are a list'];

describe('a publish document', () => {
  it.each(Object.keys(hostileDocuments))('with %s is refused', async (what) => {
    const answer = await registry.put(owner, '@acme/thing', await changed(hostileDocuments[what]!));
    expectRefusal(answer, withoutTarball.includes(what) ? [400, 404, 422] : [400, 422]);
  });

  it.each([
    '1.0',
    'v1.0.0',
    '=1.0.0',
    ' 1.0.0',
    '01.0.0',
    '1.0.0.0',
    '9007199254740992.0.0',
    'latest',
    '',
    '__proto__',
    `1.0.0-${'a'.repeat(300)}`,
  ])('with the version %j is refused', async (version) => {
    const { document } = await makePublish({ version });
    expectRefusal(await registry.put(owner, '@acme/thing', document), [400, 422]);
  });

  it.each([
    ['name', { name: '@acme/other' }, /name/],
    ['version', { version: '1.0.1' }, /version/],
    ['dependencies', { dependencies: { left: '1.0.0' } }, /dependencies/],
    ['scripts', { scripts: { install: 'x' } }, /scripts/],
  ])('whose tarball has another %s is refused by that field', async (_field, inside, sentence) => {
    const tarball = await makeTarball({ manifest: inside });
    const document = makePublishDocument({ tarball, manifest: { name: '@acme/thing', version: '1.0.0' } });
    expectRefusal(await registry.put(owner, '@acme/thing', document), 422, sentence);
  });

  it.each([
    ['nothing', ''],
    ['white space', '  '],
    ['half a document', '{"name":'],
    ['a list', '[]'],
    ['text', '"x"'],
    ['a number', '1'],
    ['null', 'null'],
    ['two documents', '{}{}'],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
    ['a closing bracket', '}'],
    ['brackets that do not match', '{"a":[}]'],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xc0]), Buffer.from('"}')]),
    ],
    ['two tables of attachments', '{"_attachments":{},"_attachments":{}}'],
    ['two names', '{"name":"@acme/thing","name":"@acme/other","versions":{}}'],
    ['a hundred thousand levels', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['a hundred thousand lists', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['a key of a megabyte', `{"${'k'.repeat(1_000_000)}":1}`],
  ])('that is %s is refused', async (_what, body) => {
    const answer = await registry.call('/@acme%2fthing', { method: 'PUT', token: owner.token, body });
    expectRefusal(answer, 400);
  });

  it('without a tarball and larger than the limit is refused, however it arrives', async () => {
    const body = Buffer.from(`{"name":"@acme/thing","readme":"${'x'.repeat(33_600_000)}"}`);
    expectRefusal(
      await registry.call('/@acme%2fthing', { method: 'PUT', token: owner.token, body }),
      413,
      /32/,
    );
    const packed = gzipSync(body);
    const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
    const answer = await registry.call('/@acme%2fthing', {
      method: 'PUT',
      token: owner.token,
      body: packed,
      headers,
    });
    expectRefusal(answer, 413);
  });

  it.each(['zstd', 'compress', 'gzip, gzip', 'x'])('in the coding %s is refused', async (coding) => {
    const answer = await registry.call('/@acme%2fthing', {
      method: 'PUT',
      token: owner.token,
      body: '{}',
      headers: { 'content-encoding': coding },
    });
    expectRefusal(answer, [400, 415]);
  });

  it.each(['gzip', 'br', 'deflate'])('that is not what its coding %s says is refused', async (coding) => {
    const { document } = await makePublish();
    const headers = { 'content-encoding': coding };
    expectRefusal(
      await registry.call('/@acme%2fthing', { method: 'PUT', token: owner.token, body: document, headers }),
      400,
    );
  });

  it('whose coding is cut off is refused', async () => {
    const { document } = await makePublish();
    const body = gzipSync(JSON.stringify(document)).subarray(0, -30);
    const headers = { 'content-encoding': 'gzip' };
    expectRefusal(
      await registry.call('/@acme%2fthing', { method: 'PUT', token: owner.token, body, headers }),
      400,
    );
  });

  it('that inflates to gigabytes is refused early', async () => {
    const zeros = Buffer.alloc(200_000_000, ' ');
    const headers = { 'content-encoding': 'gzip' };
    const bomb = gzipSync(Buffer.concat([Buffer.from('{"readme":"'), zeros]));
    const started = Date.now();
    expectRefusal(
      await registry.call('/@acme%2fthing', { method: 'PUT', token: owner.token, body: bomb, headers }),
      413,
    );
    expect(Date.now() - started).toBeLessThan(15_000);
  });
});

describe('a tarball', () => {
  it.each(Object.keys(hostileTarballs))('that is %s is refused', async (what) => {
    const tarball = await hostileTarballs[what]!();
    const document = makePublishDocument({ tarball, manifest: { name: '@acme/thing', version: '1.0.0' } });
    expectRefusal(await registry.put(owner, '@acme/thing', document), [400, 422]);
  });

  it('that is an inflation bomb is refused early', async () => {
    const tarball = await makeBomb(300);
    const document = makePublishDocument({ tarball, manifest: { name: '@acme/thing', version: '1.0.0' } });
    const started = Date.now();
    expectRefusal(await registry.put(owner, '@acme/thing', document), 422, /unpacks to more than/);
    expect(Date.now() - started).toBeLessThan(15_000);
  });

  it('with more entries than allowed is refused', async () => {
    const entries = Array.from({ length: 5000 }, (_, index) => ({ name: `package/${index}`, content: '' }));
    const tarball = await makeTarball({ entries });
    const document = makePublishDocument({ tarball, manifest: { name: '@acme/thing', version: '1.0.0' } });
    expectRefusal(await registry.put(owner, '@acme/thing', document), 422, /more than 2000 entries/);
  });

  it('of zeros only is refused', async () => {
    const tarball = gzipSync(Buffer.concat([await makeTar([]), Buffer.alloc(10_240)]));
    const document = makePublishDocument({ tarball, manifest: { name: '@acme/thing', version: '1.0.0' } });
    expectRefusal(await registry.put(owner, '@acme/thing', document), 422, /package\.json/);
  });
});

/** Sends raw bytes on a connection of its own and gives what comes back until the other side closes. */
function exchange(write: (socket: ReturnType<typeof connect>) => void, cutAfterMs?: number): Promise<string> {
  const { hostname, port } = new URL(registry.url);
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => write(socket));
    socket.setEncoding('latin1').on('data', (text: string) => (received += text));
    socket.on('error', () => undefined).on('close', () => resolve(received));
    if (cutAfterMs !== undefined) setTimeout(() => socket.destroy(), cutAfterMs);
  });
}

describe('an upload', () => {
  const head = (fields: string): string =>
    `PUT /_registry/npm/@acme%2fthing HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${owner.token}\r\n` +
    `content-type: application/json\r\nconnection: close\r\n${fields}\r\n\r\n`;
  const incompressible = randomBytes(400_000);

  it('that is cut in the middle leaves nothing behind', async () => {
    const { document } = await makePublish({ files: { 'data.bin': incompressible } });
    const text = JSON.stringify(document);
    await exchange((socket) => {
      socket.write(head(`content-length: ${text.length}`));
      socket.write(text.slice(0, text.length / 2));
    }, 400);
  });

  it('that is shorter than it announces leaves nothing behind', async () => {
    const { document } = await makePublish();
    const text = JSON.stringify(document);
    await exchange((socket) => {
      socket.end(head(`content-length: ${text.length + 1000}`) + text);
    }, 1500);
  });

  it('in chunks without an end leaves nothing behind', async () => {
    const { document } = await makePublish();
    const text = JSON.stringify(document);
    await exchange((socket) => {
      socket.write(`${head('transfer-encoding: chunked')}${text.length.toString(16)}\r\n${text}\r\n`);
    }, 400);
  });

  it('in chunks that are malformed leaves nothing behind', async () => {
    const answer = await exchange((socket) => {
      socket.write(`${head('transfer-encoding: chunked')}zz\r\n{}\r\n0\r\n\r\n`);
    }, 1500);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('with two lengths is refused', async () => {
    const answer = await exchange(
      (socket) => socket.write(head('content-length: 2\r\ncontent-length: 3') + '{}'),
      1500,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('that is cut while it is held open by forty clients leaves nothing behind', async () => {
    const { document } = await makePublish({ files: { 'data.bin': incompressible } });
    const text = JSON.stringify(document);
    const cut = Array.from({ length: 40 }, (_, index) =>
      exchange((socket) => {
        socket.write(head(`content-length: ${text.length}`));
        socket.write(text.slice(0, 2000 * (index + 1)));
      }, 500),
    );
    await Promise.all(cut);
    await waitUntil('all are dropped', () => registry.leftUploads().length === 0);
  });
});
