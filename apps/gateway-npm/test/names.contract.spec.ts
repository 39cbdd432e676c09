import { makePublish, makePublishDocument, makeTarball } from './builders';
import { expectRefusal, HttpRegistry, type Answer, type Person } from './support/http-registry';

jest.setTimeout(120_000);

let registry: HttpRegistry;
let owner: Person;

beforeAll(async () => {
  registry = await HttpRegistry.start();
  owner = await registry.createUser('owen', ['acme']);
  await registry.publish(owner, { name: '@acme/thing', access: 'public' });
});

afterAll(() => registry?.stop());

/** An ordinary package still reads and changes as it should: nothing was poisoned for others. */
afterEach(async () => {
  const { json } = await registry.call('/@acme/thing');
  expect(Object.keys(json)).toContain('versions');
  expect(json['dist-tags']).toEqual({ latest: '1.0.0' });
  expect(json['users']).toEqual({});
  await registry.expectUnharmed();
});

async function publishAs(path: string, name: string): Promise<Answer> {
  const { document } = await makePublish({ name });
  return registry.call(path, { method: 'PUT', token: owner.token, body: document });
}

describe('names that are words of the language', () => {
  it.each(['constructor', 'hasownproperty', 'tostring', 'prototype', 'valueof', 'then'])(
    'are names like others: @acme/%s',
    async (word) => {
      const name = `@acme/${word}`;
      expectRefusal(await registry.call(`/${name}`, { token: owner.token }), 404);
      expect((await publishAs(`/${name}`, name)).status).toBe(201);
      const found = await registry.document(name, owner);
      expect(found['name']).toBe(name);
      expect(Object.keys(found['versions']!)).toEqual(['1.0.0']);
      const tags = await registry.call(`/-/package/${name}/dist-tags`, { token: owner.token });
      expect(tags.json).toEqual({ latest: '1.0.0' });
      const file = await registry.call(`/${name}/-/${word}-1.0.0.tgz`, { token: owner.token });
      expect(file.status).toBe(200);
    },
  );

  it.each(['__proto__', '@acme/__proto__', '@__proto__/thing', '@constructor/thing', '@__proto__/__proto__'])(
    'cannot be published where they are no names: %s',
    async (name) => {
      expectRefusal(await registry.call(`/${name}`, { token: owner.token }), [400, 404]);
      const answer = await publishAs(`/${name}`, name);
      if (name === '@acme/__proto__' && answer.status === 201)
        expect((await registry.document(name, owner))['name']).toBe(name);
      else expectRefusal(answer, [400, 403, 422]);
    },
  );

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])(
    'do no harm as users, stars and dependencies: %s',
    async (word) => {
      const { token } = owner;
      const poison = (value: unknown): unknown => JSON.parse(`{"${word}":${JSON.stringify(value)}}`);
      const star = { _id: '@acme/thing', users: poison(true) };
      expect((await registry.call('/@acme/thing', { method: 'PUT', token, body: star })).status).toBe(201);
      const stars = await registry.call(`/-/_view/starredByUser?key=%22${word}%22`);
      expect(stars.json).toEqual({ rows: [] });
      expectRefusal(await registry.call(`/-/org/${word}/user`, { token }), 404);
      expectRefusal(await registry.call(`/-/user/${word}/package`, { token }), 404);
      const audit = { dependencies: poison({ version: '1.0.0' }), ...(poison(['1.0.0']) as object) };
      for (const path of ['audits', 'audits/quick', 'advisories/bulk'])
        expect(
          (await registry.call(`/-/npm/v1/security/${path}`, { method: 'POST', body: audit })).status,
        ).toBe(200);
      const name = `@acme/poison-${word.toLowerCase().replaceAll('_', '')}`;
      const manifest = { name, version: '1.0.0', dependencies: poison('1.0.0'), [word]: { polluted: true } };
      const document = makePublishDocument({ tarball: await makeTarball({ name, manifest }), manifest });
      expect([201, 422]).toContain((await registry.put(owner, name, document)).status);
    },
  );

  it('do no harm at any depth of a manifest', async () => {
    const name = '@acme/deep';
    const extra = JSON.parse(
      '{"__proto__":{"polluted":1},"engines":{"__proto__":{"polluted":1}},"constructor":{"prototype":{"polluted":1}},"scripts":{"__proto__":"x"},"bin":{"__proto__":"x"}}',
    ) as object;
    const manifest = { name, version: '1.0.0', ...extra };
    Object.defineProperty(manifest, '__proto__', { value: { polluted: 1 }, enumerable: true });
    const document = makePublishDocument({ tarball: await makeTarball({ name, manifest }), manifest });
    expect([201, 422]).toContain((await registry.put(owner, name, document)).status);
    expect((await registry.call('/-/ping')).json).toEqual({});
    expect((await registry.call('/@acme/thing')).text).not.toContain('polluted');
  });
});

describe('the case of a name', () => {
  it('does not matter to readers', async () => {
    for (const path of ['/@Acme/Thing', '/@ACME%2fthing', '/@acme/THING'])
      expect((await registry.call(path)).json['name']).toBe('@acme/thing');
    expect((await registry.call('/@Acme/Thing/-/thing-1.0.0.tgz')).status).toBe(200);
  });

  it.each(['@acme/Thing', '@Acme/thing', '@ACME/THING'])(
    'does not make another package: %s',
    async (name) => {
      const answer = await publishAs(`/${name}`, name);
      expectRefusal(answer, [400, 409, 422]);
      const { document } = await makePublish({ name, version: '1.1.0' });
      expectRefusal(await registry.put(owner, name, document), [400, 409, 422], /@acme\/thing/);
      expect(Object.keys((await registry.document('@acme/thing'))['versions']!)).toEqual(['1.0.0']);
    },
  );

  it.each(['@acme/New', '@Acme/new', '@acme/nEw'])('is lower for a new package: %s', async (name) => {
    expectRefusal(await publishAs(`/${name}`, name), [400, 422], /lower|capital/i);
  });

  it('is that of the document when path and document differ', async () => {
    const { document } = await makePublish({ name: '@acme/thing', version: '1.2.0' });
    const answer = await registry.call('/@acme/THING', { method: 'PUT', token: owner.token, body: document });
    expectRefusal(answer, [400, 422]);
  });
});

describe('a name that is none', () => {
  it.each([
    ['unscoped', 'thing', /@owner/],
    ['with a scope only', '@acme', /@|name/],
    ['beginning with a period', '@acme/.thing', /period/],
    ['beginning with a hyphen', '@acme/-thing', /hyphen/],
    ['with a space', '@acme/a%20b', /name/],
    ['with a quote', "@acme/a'b", /special|character|~/],
    ['with a tilde', '@acme/a~b', /special|character|~/],
    ['that is reserved', '@acme/node_modules', /reserved/],
    ['that is a path', '@acme/..', /name/],
    ['with an emoji', `@acme/${encodeURIComponent('📦')}`, /name/],
    ['with a letter that looks like another', `@acme/${encodeURIComponent('thіng')}`, /name/],
    ['with a right-to-left mark', `@acme/${encodeURIComponent('a\u202eb')}`, /name/],
    ['with a NUL', '@acme/a%00b', /name/],
    ['with a line feed', '@acme/a%0ab', /name/],
    ['longer than allowed', `@acme/${'x'.repeat(215)}`, /214/],
    ['of three thousand characters', `@acme/${'x'.repeat(3000)}`, /214/],
  ])('is refused %s', async (_what, path, sentence) => {
    const answer = await publishAs(`/${path}`, decodeURIComponent(path));
    expectRefusal(answer, [400, 422], sentence);
    expectRefusal(await registry.call(`/${path}`, { token: owner.token }), [400, 404]);
  });

  it('is refused by the address when it is longer than any', async () => {
    const answer = await registry.call(`/@acme/${'x'.repeat(10_000)}`, { token: owner.token });
    expectRefusal(answer, [400, 404, 414]);
  });
});
