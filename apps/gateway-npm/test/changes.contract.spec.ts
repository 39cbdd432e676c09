import { gzipSync } from 'node:zlib';
import { makePublish, makePublishDocument, makeTar, makeTarball } from './builders';
import {
  expectRefusal,
  HttpRegistry,
  textOf,
  type Answer,
  type Json,
  type Person,
} from './support/http-registry';

jest.setTimeout(120_000);

let registry: HttpRegistry;
let owner: Person;
let name: string;
let count = 0;

beforeAll(async () => {
  registry = await HttpRegistry.start();
  owner = await registry.createUser('owen', ['acme']);
});

afterAll(() => registry?.stop());

/** A package of each test's own, at 1.0.0. */
beforeEach(async () => {
  count += 1;
  name = `@acme/thing-${count}`;
  expect((await publish('1.0.0')).status).toBe(201);
});

afterEach(() => registry.expectUnharmed());

const publish = (version: string, more: Parameters<typeof makePublish>[0] = {}): Promise<Answer> =>
  registry.publish(owner, { name, version, ...more });
const document = (): Promise<Json> => registry.document(name, owner);
const revision = async (): Promise<string> => textOf((await document())['_rev']!);
const put = (body: unknown): Promise<Answer> => registry.put(owner, name, body);
const putRevision = (rev: string, body: unknown): Promise<Answer> =>
  registry.call(`/${name}/-rev/${rev}`, { method: 'PUT', token: owner.token, body });
const versionsOf = (found: Json): string[] => Object.keys(found['versions']!).sort();

/** The document without some versions, as `npm unpublish` sends it back. */
function dropVersions(found: Json, ...dropped: string[]): object {
  const versions = Object.fromEntries(
    Object.entries(found['versions']!).filter(([key]) => !dropped.includes(key)),
  );
  return { ...found, versions };
}

describe('publishing', () => {
  it('keeps two versions that come at the same moment, and counts both', async () => {
    const before = await revision();
    const answers = await Promise.all([publish('1.1.0'), publish('1.2.0', { tags: { next: '1.2.0' } })]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    const after = await document();
    expect(versionsOf(after)).toEqual(['1.0.0', '1.1.0', '1.2.0']);
    expect(after['dist-tags']).toEqual({ latest: '1.1.0', next: '1.2.0' });
    expect(Number.parseInt(textOf(after['_rev']!), 10)).toBe(Number.parseInt(before, 10) + 2);
  });

  it('keeps ten versions of a new package that come at once', async () => {
    const fresh = `${name}-fresh`;
    const versions = Array.from({ length: 10 }, (_, index) => `1.${index}.0`);
    const answers = await Promise.all(
      versions.map((version) => registry.publish(owner, { name: fresh, version })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const found = await registry.document(fresh, owner);
    expect(versionsOf(found)).toEqual([...versions].sort());
  });

  it('lets one of two win who publish different content under one number', async () => {
    const answers = await Promise.all([
      publish('2.0.0', { files: { 'a.txt': 'a' } }),
      publish('2.0.0', { files: { 'a.txt': 'b' } }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it('takes twenty packages of one scope at once', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `@acme/mono-${index}`);
    const answers = await Promise.all(names.map((each) => registry.publish(owner, { name: each })));
    expect(answers.map(({ status, text }) => (status === 201 ? 'ok' : text))).toEqual(names.map(() => 'ok'));
  });

  it('sets latest with the first version whatever its tag, and only then', async () => {
    const fresh = `${name}-beta`;
    await registry.publish(owner, { name: fresh, version: '1.0.0-beta', tags: { beta: '1.0.0-beta' } });
    expect((await registry.document(fresh, owner))['dist-tags']).toEqual({
      beta: '1.0.0-beta',
      latest: '1.0.0-beta',
    });
    await registry.publish(owner, { name: fresh, version: '2.0.0', tags: { beta: '2.0.0' } });
    expect((await registry.document(fresh, owner))['dist-tags']).toEqual({
      beta: '2.0.0',
      latest: '1.0.0-beta',
    });
  });

  it('answers the same bytes again with success and other bytes with 409', async () => {
    expect((await publish('1.0.0')).status).toBe(201);
    expectRefusal(await publish('1.0.0', { files: { 'x.txt': 'x' } }), 409, /cannot publish over/);
    expectRefusal(await publish('1.0.0+build', { files: { 'x.txt': 'x' } }), 409);
    expect(versionsOf(await document())).toEqual(['1.0.0']);
  });

  it.each(['6', '8'])('ends the merged second try of npm %s in 409', async () => {
    const other = await makePublish({ name, version: '1.0.0', files: { 'x.txt': 'x' } });
    expectRefusal(await put(other.document), 409);
    const found = await document();
    const merged = {
      ...other.document,
      _rev: found['_rev'],
      versions: { ...found['versions'], ...(other.document['versions'] as object) },
      'dist-tags': { ...found['dist-tags'], latest: '1.0.0' },
    };
    expectRefusal(await put(merged), 409);
    await publish('1.1.0');
    const again = { ...merged, versions: { ...(await document())['versions'], ...merged.versions } };
    expectRefusal(await put(again), 409);
    expect(versionsOf(await document())).toEqual(['1.0.0', '1.1.0']);
  });

  it('does not change who may read a package that is there', async () => {
    await publish('1.1.0', { access: 'public' });
    expectRefusal(await registry.call(`/${name}`), 401);
  });

  it('takes a package.json with a byte order mark', async () => {
    const manifest = { name, version: '3.0.0' };
    const content = `\ufeff${JSON.stringify(manifest)}`;
    const tarball = gzipSync(await makeTar([{ name: 'package/package.json', content }]));
    expect((await put(makePublishDocument({ tarball, manifest }))).status).toBe(201);
  });

  it('says which number is taken by its build metadata', async () => {
    const tarball = await makeTarball({ name, version: '1.0.0+a' });
    expectRefusal(await put(makePublishDocument({ tarball, manifest: { name, version: '1.0.0+a' } })), 409);
  });
});

describe('deprecating', () => {
  it('takes the message and nothing else from the document', async () => {
    await publish('1.1.0');
    const before = await document();
    const sent = JSON.parse(JSON.stringify(before)) as Record<
      string,
      Record<string, Record<string, unknown>>
    >;
    sent['versions']!['1.0.0']!['deprecated'] = 'old';
    sent['versions']!['1.0.0']!['scripts'] = { postinstall: 'evil' };
    sent['versions']!['1.1.0']!['dist'] = { tarball: 'http://evil.example/x.tgz', integrity: 'sha512-evil' };
    sent['versions']!['6.6.6'] = { name, version: '6.6.6', dist: {}, deprecated: 'x' };
    sent['versions']!['__proto__'] = {};
    Object.assign(sent, {
      'dist-tags': { latest: '1.0.0', evil: '1.1.0' },
      readme: 'evil',
      description: 'evil',
    });
    Object.assign(sent, { maintainers: [{ name: 'evil' }], users: { evil: true }, time: {}, _id: 'evil' });
    expect((await put(sent)).status).toBe(201);
    const after = await document();
    const { _rev: oldRevision, time: oldTime, versions: oldVersions, ...oldRest } = before;
    const { _rev: newRevision, time: newTime, versions: newVersions, ...newRest } = after;
    expect(newRest).toEqual(oldRest);
    expect(newRevision).not.toBe(oldRevision);
    expect(newTime!['modified']).not.toBe(oldTime!['modified']);
    expect({ ...newTime, modified: '' }).toEqual({ ...oldTime, modified: '' });
    expect(newVersions).toEqual({ ...oldVersions, '1.0.0': { ...oldVersions!['1.0.0'], deprecated: 'old' } });
  });

  it('shows the message in both forms, and takes it back', async () => {
    const accept = 'application/vnd.npm.install-v1+json';
    const shown = async (): Promise<unknown[]> => {
      const short = await registry.call(`/${name}`, { token: owner.token, headers: { accept } });
      return [await document(), short.json].map((found) => found['versions']!['1.0.0']!['deprecated']);
    };
    await put({ _id: name, versions: { '1.0.0': { deprecated: 'use "other"\n</script>' } } });
    expect(await shown()).toEqual(['use "other"\n</script>', 'use "other"\n</script>']);
    await put({ _id: name, versions: { '1.0.0': { deprecated: '' } } });
    expect(await shown()).toEqual([undefined, undefined]);
  });

  it.each([
    ['a message of ten thousand characters', { versions: { '1.0.0': { deprecated: 'x'.repeat(10_000) } } }],
    ['nothing to do', {}],
    ['versions that are a list', { versions: [] }],
    ['users that are text', { users: 'owen' }],
  ])('refuses %s', async (_what, body) => {
    expectRefusal(await put(body), 400);
  });

  it('does not tell an absent version from a present one', async () => {
    expect(
      (await put({ versions: { '9.9.9': { deprecated: 'x' }, constructor: { deprecated: 'x' } } })).status,
    ).toBe(201);
    expect(versionsOf(await document())).toEqual(['1.0.0']);
  });
});

describe('unpublishing', () => {
  it('removes a version in the steps that clients take', async () => {
    await publish('1.1.0');
    const found = await document();
    expect((await putRevision(textOf(found['_rev']!), dropVersions(found, '1.1.0'))).status).toBe(201);
    const file = `/${name}/-/${name.slice(6)}-1.1.0.tgz`;
    const last = await registry.call(`${file}/-rev/${await revision()}`, {
      method: 'DELETE',
      token: owner.token,
    });
    expect(last.status).toBe(200);
    const after = await document();
    expect(versionsOf(after)).toEqual(['1.0.0']);
    expect(after['dist-tags']).toEqual({ latest: '1.0.0' });
    expectRefusal(await registry.call(file, { token: owner.token }), 404);
    expect((await registry.call(file.replace('1.1.0', '1.0.0'), { token: owner.token })).status).toBe(200);
  });

  it('saves what was published since the document was read', async () => {
    await publish('1.1.0');
    const found = await document();
    await publish('1.2.0');
    const stale = dropVersions(found, '1.1.0');
    expectRefusal(await putRevision(textOf(found['_rev']!), stale), 409, /conflict/);
    expect(versionsOf(await document())).toEqual(['1.0.0', '1.1.0', '1.2.0']);
  });

  it.each([
    '',
    '0',
    '1',
    '1-x',
    'undefined',
    'null',
    '-1',
    'NaN',
    '1e3',
    '__proto__',
    '9'.repeat(500),
    '%00',
  ])('needs the revision, and %.30s is none', async (rev) => {
    expectRefusal(await putRevision(rev, dropVersions(await document(), '1.0.0')), [400, 404, 409]);
    const removal = await registry.call(`/${name}/-rev/${rev}`, { method: 'DELETE', token: owner.token });
    expectRefusal(removal, [400, 404, 409]);
    expect(versionsOf(await document())).toEqual(['1.0.0']);
  });

  it('never lets a number be used again with other bytes', async () => {
    await publish('1.1.0');
    const found = await document();
    await putRevision(textOf(found['_rev']!), dropVersions(found, '1.1.0'));
    expectRefusal(await publish('1.1.0', { files: { 'x.txt': 'x' } }), 409);
    expect(versionsOf(await document())).toEqual(['1.0.0']);
  });

  it('of the whole package leaves no number to be used again', async () => {
    const rev = await revision();
    expect(
      (await registry.call(`/${name}/-rev/${rev}`, { method: 'DELETE', token: owner.token })).status,
    ).toBe(200);
    expectRefusal(await registry.call(`/${name}`, { token: owner.token }), 404);
    expectRefusal(await registry.call(`/${name}/-/${name.slice(6)}-1.0.0.tgz`, { token: owner.token }), 404);
    expectRefusal(await publish('1.0.0', { files: { 'x.txt': 'x' } }), 409);
    expectRefusal(await registry.call(`/${name}/-rev/${rev}`, { method: 'DELETE', token: owner.token }), 404);
    expect((await publish('2.0.0')).status).toBe(201);
    expectRefusal(await putRevision(rev, { versions: {} }), 409);
    expect(versionsOf(await document())).toEqual(['2.0.0']);
  });

  it('does not remove the file of a version that stays', async () => {
    const path = `/${name}/-/${name.slice(6)}-1.0.0.tgz/-rev/${await revision()}`;
    expectRefusal(
      await registry.call(path, { method: 'DELETE', token: owner.token }),
      400,
      /unpublish the version/,
    );
    expect(versionsOf(await document())).toEqual(['1.0.0']);
  });

  it('lets one of two win who change the same revision', async () => {
    await publish('1.1.0');
    const found = await document();
    const rev = textOf(found['_rev']!);
    const answers = await Promise.all([
      putRevision(rev, dropVersions(found, '1.1.0')),
      putRevision(rev, dropVersions(found, '1.0.0')),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(versionsOf(await document())).toHaveLength(1);
  });
});

describe('tags', () => {
  const tag = (method: string, named: string, body?: unknown): Promise<Answer> =>
    registry.call(`/-/package/${name}/dist-tags/${named}`, { method, token: owner.token, body });

  it('move with a bare text, by PUT and POST, and go', async () => {
    await publish('1.1.0');
    expect((await tag('PUT', 'old', '"1.0.0"')).status).toBe(200);
    expect((await tag('POST', 'latest', ' "1.0.0" ')).status).toBe(200);
    const listed = await registry.call(`/-/package/${name}/dist-tags`, { token: owner.token });
    expect(listed.json).toEqual({ latest: '1.0.0', old: '1.0.0' });
    expect(listed.headers['cache-control']).toBe('no-store');
    expect((await tag('DELETE', 'old')).status).toBe(200);
    expectRefusal(await tag('DELETE', 'old'), 404);
    expectRefusal(await tag('DELETE', 'latest'), [400, 403], /latest/);
  });

  it.each([
    '__proto__',
    'constructor',
    '1.x',
    '^1',
    '1.0.0',
    'v1',
    '*',
    '%20',
    '.a',
    'a%2fb',
    '%00',
    'x'.repeat(400),
    '%E2%9C%93',
  ])('cannot be called %.30s', async (named) => {
    expectRefusal(await tag('PUT', named, '"1.0.0"'), [400, 404]);
    expectRefusal(await tag('DELETE', named), [400, 404]);
    expect((await document())['dist-tags']).toEqual({ latest: '1.0.0' });
  });

  it.each(['"9.9.9"', '1', 'null', '{}', '["1.0.0"]', '', '1.0.0', '"latest"', '"__proto__"', '"\\u0000"'])(
    'do not move to %s',
    async (body) => {
      expectRefusal(await tag('PUT', 'next', body), [400, 404, 422]);
      expect((await document())['dist-tags']).toEqual({ latest: '1.0.0' });
    },
  );
});
