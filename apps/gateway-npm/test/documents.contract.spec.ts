import { createHash, createPublicKey, verify } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { makePublish } from './builders';
import {
  expectRefusal,
  HttpRegistry,
  textOf,
  type Answer,
  type Json,
  type Person,
} from './support/http-registry';

jest.setTimeout(120_000);

const abbreviated = 'application/vnd.npm.install-v1+json';
const none: Json = {};
let registry: HttpRegistry;
let owner: Person;
let tarball: Buffer;
const file = '/@acme/thing/-/thing-1.1.0.tgz';

beforeAll(async () => {
  registry = await HttpRegistry.start();
  owner = await registry.createUser('owen', ['acme']);
  await registry.publish(owner, { version: '1.0.0', access: 'public' });
  const second = await makePublish({
    version: '1.1.0',
    manifest: { dependencies: { left: '^1.0.0' }, scripts: { test: 'x' }, description: 'A thing' },
    files: { 'README.md': '# thing', 'data.txt': 'x'.repeat(3000) },
  });
  tarball = second.tarball;
  expect((await registry.put(owner, '@acme/thing', second.document)).status).toBe(201);
  await registry.publish(owner, { version: '2.0.0-rc.1', tags: { next: '2.0.0-rc.1' } });
  await registry.publish(owner, { name: '@acme/hidden' });
});

afterAll(() => registry?.stop());

const read = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  registry.call(path, { headers, method });

describe('the document of a package', () => {
  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    [abbreviated, abbreviated],
    [`${abbreviated}; q=1.0, application/json; q=0.8, */*`, abbreviated],
    [`application/json, ${abbreviated};q=0.5`, 'application/json'],
    [`${abbreviated};q=0, application/json`, 'application/json'],
    ['text/html', 'application/json'],
    [`${abbreviated};q=abc`, 'application/json'],
    [',;,=;q', 'application/json'],
  ])('for Accept %s is %s', async (accept, type) => {
    const answer = await read('/@acme/thing', accept === undefined ? {} : { accept });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe(type);
  });

  it('has everything in its full form', async () => {
    const { json } = await read('/@acme/thing');
    expect(json).toMatchObject({
      _id: '@acme/thing',
      name: '@acme/thing',
      _rev: expect.any(String) as string,
      'dist-tags': { latest: '1.1.0', next: '2.0.0-rc.1' },
      description: 'A thing',
      readme: '# thing',
      readmeFilename: 'README.md',
      _attachments: {},
    });
    expect(Object.keys(json['time']!).sort()).toEqual([
      '1.0.0',
      '1.1.0',
      '2.0.0-rc.1',
      'created',
      'modified',
    ]);
    for (const moment of Object.values(json['time']!))
      expect(new Date(textOf(moment)).toISOString()).toBe(moment);
    const manifest = json['versions']!['1.1.0']!;
    expect(manifest).not.toHaveProperty('readme');
    expect(manifest).toMatchObject({
      _id: '@acme/thing@1.1.0',
      scripts: { test: 'x' },
      _npmUser: { name: 'owen' },
      dist: {
        tarball: `${registry.url}${file}`,
        shasum: createHash('sha1').update(tarball).digest('hex'),
        integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
        fileCount: 3,
        unpackedSize: expect.any(Number) as number,
      },
    });
  });

  it('has what installers need, and no more, in its abbreviated form', async () => {
    const { json } = await read('/@acme/thing', { accept: abbreviated });
    expect(Object.keys(json).sort()).toEqual(['dist-tags', 'modified', 'name', 'time', 'versions']);
    expect(json['modified']).toBe(json['time']!['modified']);
    const manifest = json['versions']!['1.1.0']!;
    expect(Object.keys(manifest).sort()).toEqual(['dependencies', 'dist', 'name', 'version']);
  });

  it('has tags that tell its forms, revisions and bases apart', async () => {
    const full = await read('/@acme/thing');
    const short = await read('/@acme/thing', { accept: abbreviated });
    expect(full.headers.etag).toBeTruthy();
    expect(full.headers.etag).not.toBe(short.headers.etag);
    for (const { headers } of [full, short]) {
      expect(headers['cache-control']).toBe('public, max-age=0, must-revalidate');
      expect(headers.vary?.toLowerCase().split(/, */).sort()).toEqual([
        'accept',
        'accept-encoding',
        'authorization',
      ]);
    }
    await registry.call('/-/package/@acme/thing/dist-tags/beta', {
      method: 'PUT',
      token: owner.token,
      body: '"1.0.0"',
    });
    expect((await read('/@acme/thing')).headers.etag).not.toBe(full.headers.etag);
  });

  it('is private to its readers where the package is', async () => {
    const answer = await registry.call('/@acme/hidden', { token: owner.token });
    expect(answer.headers['cache-control']).toBe('private, no-cache');
    expect(answer.headers.vary).toContain('authorization');
  });

  it('is not sent again to whoever has it', async () => {
    const etag = (await read('/@acme/thing')).headers.etag ?? '';
    const strong = etag.replace(/^W\//, '');
    for (const known of [etag, strong, `"x", ${etag}`, `W/"y" , ${strong},"z"`, '*', ` ${etag} `]) {
      const answer = await read('/@acme/thing', { 'if-none-match': known });
      expect({ known, status: answer.status }).toEqual({ known, status: 304 });
      expect(answer.body).toHaveLength(0);
      expect(answer.headers.etag).toBe(etag);
      expect(answer.headers['cache-control']).toBe('public, max-age=0, must-revalidate');
      expect(answer.headers.vary).toBeTruthy();
    }
    for (const other of ['"x"', strong.slice(0, -2), 'W/', '""'])
      expect((await read('/@acme/thing', { 'if-none-match': other })).status).toBe(200);
  });

  it.each([
    ['gzip', 'gzip', gunzipSync],
    ['gzip,deflate', 'gzip', gunzipSync],
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['zstd, gzip, deflate', 'gzip', gunzipSync],
    ['br;q=0, gzip', 'gzip', gunzipSync],
    ['*', 'gzip', gunzipSync],
    ['identity', undefined, (body: Buffer) => body],
    ['gzip;q=0', undefined, (body: Buffer) => body],
  ] as const)('for Accept-Encoding %s comes in %s', async (accepted, coding, decode) => {
    const plain = await read('/@acme/thing');
    const answer = await read('/@acme/thing', { 'accept-encoding': accepted });
    expect(answer.headers['content-encoding']).toBe(coding);
    expect(Number(answer.headers['content-length'])).toBe(answer.body.length);
    expect(decode(answer.body).toString()).toBe(plain.text);
    expect(answer.headers.etag).toBe(plain.headers.etag);
  });

  it('answers HEAD with the headers of GET', async () => {
    for (const headers of [{}, { accept: abbreviated }, { 'accept-encoding': 'gzip' }] as Record<
      string,
      string
    >[]) {
      const get = await read('/@acme/thing', headers);
      const head = await read('/@acme/thing', headers, 'HEAD');
      expect(head.status).toBe(200);
      expect(head.body).toHaveLength(0);
      for (const name of [
        'content-length',
        'content-type',
        'content-encoding',
        'etag',
        'vary',
        'cache-control',
      ])
        expect([name, head.headers[name]]).toEqual([name, get.headers[name]]);
    }
    expect((await read('/@acme/absent', {}, 'HEAD')).status).toBe(401);
  });

  it('that is asked for to be changed is the full one with its revision', async () => {
    for (const path of ['/@acme/thing?write=true', '/@acme%2fthing?write=true&x=%2f'])
      expect((await read(path)).json['_rev']).toBe((await read('/@acme/thing')).json['_rev']);
  });

  it('that is not there is kept by no cache', async () => {
    expectRefusal(await registry.call('/@acme/absent', { token: owner.token }), 404);
    expectRefusal(await registry.call('/@nobody/absent', { token: owner.token }), 404);
    expectRefusal(await registry.call('/@acme/thing/-/thing-9.9.9.tgz'), 404);
    expectRefusal(await registry.call('/@acme/thing/9.9.9'), 404);
  });
});

describe('the document of a version', () => {
  it.each([
    ['1.0.0', '1.0.0'],
    ['latest', '1.1.0'],
    ['next', '2.0.0-rc.1'],
    ['2.0.0-rc.1', '2.0.0-rc.1'],
  ])('is found by %s', async (asked, version) => {
    const answer = await read(`/@acme%2fthing/${asked}`);
    expect(answer.json).toMatchObject({
      name: '@acme/thing',
      version,
      dist: { tarball: `${registry.url}/@acme/thing/-/thing-${version}.tgz` },
    });
    expect(await read(`/@acme/thing/${asked}`, { 'if-none-match': answer.headers.etag ?? '' })).toMatchObject(
      { status: 304 },
    );
  });

  it.each(['1.0', '^1.0.0', '__proto__', 'constructor', 'toString', '%00', '%2e%2e', 'x'.repeat(3000)])(
    'is not found by %.30s',
    async (asked) => {
      expectRefusal(await read(`/@acme/thing/${asked}`), [400, 404]);
    },
  );
});

describe('a tarball', () => {
  it('comes as it was published, for ever', async () => {
    const answer = await read(file);
    expect(answer.body.equals(tarball)).toBe(true);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(tarball.length),
      'cache-control': 'public, max-age=31536000, immutable',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers.etag).toMatch(/^"/);
    expect(answer.headers['content-encoding']).toBeUndefined();
    const hidden = await registry.call('/@acme/hidden/-/hidden-1.0.0.tgz', { token: owner.token });
    expect(hidden.headers['cache-control']).toMatch(/^private/);
  });

  it('is never compressed again', async () => {
    expect((await read(file, { 'accept-encoding': 'gzip, br' })).headers['content-encoding']).toBeUndefined();
  });

  it('answers HEAD and 304', async () => {
    const head = await read(file, {}, 'HEAD');
    expect(head.status).toBe(200);
    expect(head.headers['content-length']).toBe(String(tarball.length));
    const etag = head.headers.etag ?? '';
    expect((await read(file, { 'if-none-match': etag })).status).toBe(304);
    expect((await read(file, { 'if-none-match': `W/${etag}` }, 'HEAD')).status).toBe(304);
  });

  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=5-14', 5, 15],
    ['bytes=10-', 10, undefined],
    ['bytes=-7', -7, undefined],
    ['bytes=0-99999999', 0, undefined],
  ])('comes in parts for %s', async (range, from, to) => {
    const answer = await read(file, { range });
    const part = tarball.subarray(from, to);
    expect(answer.status).toBe(206);
    expect(answer.body.equals(part)).toBe(true);
    const start = from < 0 ? tarball.length + from : from;
    expect(answer.headers['content-range']).toBe(
      `bytes ${start}-${start + part.length - 1}/${tarball.length}`,
    );
    expect(answer.headers['content-length']).toBe(String(part.length));
  });

  it.each(['bytes=0-1,3-4', 'lines=1-2', 'bytes=x', 'bytes=9-2', 'bytes=', 'bytes=-'])(
    'comes whole for %s',
    async (range) => {
      expect(await read(file, { range })).toMatchObject({ status: 200, body: tarball });
    },
  );

  it('has no part beyond its end', async () => {
    for (const range of [
      `bytes=${tarball.length}-`,
      'bytes=99999999-',
      'bytes=-0',
      `bytes=${'9'.repeat(400)}-`,
    ]) {
      const answer = await read(file, { range });
      expectRefusal(answer, 416);
      expect(answer.headers['content-range']).toBe(`bytes */${tarball.length}`);
    }
  });

  it('comes whole when the copy is of other content', async () => {
    const etag = (await read(file, {}, 'HEAD')).headers.etag ?? '';
    expect((await read(file, { range: 'bytes=0-4', 'if-range': etag })).status).toBe(206);
    for (const other of ['"x"', `W/${etag}`, 'Wed, 21 Oct 2015 07:28:00 GMT'])
      expect((await read(file, { range: 'bytes=0-4', 'if-range': other })).status).toBe(200);
  });

  it.each([
    '/@acme%2fthing/-/@acme/thing-1.1.0.tgz',
    '/@acme/thing/-/@acme%2fthing-1.1.0.tgz',
    '/@acme%2Fthing/-/%40acme%2Fthing-1.1.0.tgz',
    '/@acme%2fthing/-/thing-1.1.0.tgz',
  ])('is also found at %s', async (path) => {
    expect((await read(path)).body.equals(tarball)).toBe(true);
  });

  it.each([
    '/@acme/thing/-/@other/thing-1.1.0.tgz',
    '/@acme/thing/-/other-1.1.0.tgz',
    '/@acme/thing/-/..%2f..%2fetc%2fpasswd',
    '/@acme/thing/-/%00',
    '/@acme/thing/-/thing-1.1.0.tgz%2f',
    '/@acme/thing/-/__proto__',
    `/@acme/thing/-/${'x'.repeat(4000)}.tgz`,
  ])('is not found at %.60s', async (path) => {
    expectRefusal(await read(path), [400, 404]);
  });
});

describe('every spelling of a path', () => {
  const spellings = [
    '/@acme/thing',
    '/@acme%2fthing',
    '/@acme%2Fthing',
    '/%40acme%2fthing',
    '/%40acme/thing',
  ];

  it.each([...spellings, '//@acme/thing', '/@acme//thing', '/@acme/thing/', '/@acme/%74hing'])(
    'reads %s',
    async (path) => {
      expect((await read(path)).json['name']).toBe('@acme/thing');
    },
  );

  it.each(spellings)('changes through %s', async (spelling) => {
    const { token } = owner;
    const tags = `/-/package${spelling}/dist-tags`;
    expect((await registry.call(`${tags}/extra`, { method: 'PUT', token, body: '"1.0.0"' })).status).toBe(
      200,
    );
    expect((await registry.call(tags, { token })).json['extra']).toBe('1.0.0');
    expect((await registry.call(`${tags}/extra`, { method: 'DELETE', token })).status).toBe(200);
    expect((await registry.call(`${spelling}/1.0.0`)).status).toBe(200);
    expect((await registry.call(`${spelling}/-/thing-1.0.0.tgz`)).status).toBe(200);
    const { document } = await makePublish({ version: '1.0.0', access: 'public' });
    expect((await registry.call(spelling, { method: 'PUT', token, body: document })).status).toBe(201);
  });

  it.each([
    '/@acme%252fthing',
    '/%2540acme/thing',
    '/@acme/%2574hing',
    '/@acme%2f%2e%2e',
    '/@acme/thing%00',
    '/%',
    '/@acme%2',
    '/%ff',
    '/@acme%5cthing',
  ])('does not take %s for a package', async (path) => {
    expectRefusal(await read(path), [400, 401, 404]);
  });
});

describe('signatures', () => {
  it('of all versions verify with the published key', async () => {
    const { keys } = (await read('/-/npm/v1/keys')).json as unknown as { keys: Record<string, string>[] };
    expect(keys[0]).toMatchObject({
      expires: null,
      keytype: 'ecdsa-sha2-nistp256',
      scheme: 'ecdsa-sha2-nistp256',
    });
    const { versions } = (await read('/@acme/thing')).json;
    expect(Object.keys(versions!).length).toBe(3);
    for (const { name = none, version = none, dist } of Object.values(versions!)) {
      const [signature] = dist!['signatures'] as unknown as { keyid: string; sig: string }[];
      const key = keys.find(({ keyid }) => keyid === signature?.keyid);
      const spki = createPublicKey({
        key: Buffer.from(key?.['key'] ?? '', 'base64'),
        format: 'der',
        type: 'spki',
      });
      const subject = textOf(name);
      const integrity = textOf(dist!['integrity']!);
      const signed = (text: string) =>
        verify('sha256', Buffer.from(text), spki, Buffer.from(signature?.sig ?? '', 'base64'));
      expect(signed(`${subject}@${textOf(version)}:${integrity}`)).toBe(true);
      expect(signed(`${subject}@9.9.9:${integrity}`)).toBe(false);
    }
  });
});
