import { PlatformApi } from '@packhouse/testing';
import { expectRefusal, HttpRegistry, send, type Answer, type Person } from './support/http-registry';
import { makePublish } from './builders';

jest.setTimeout(120_000);

let registry: HttpRegistry;
let owner: Person;
let member: Person;
let stranger: Person;
const tokens = new Map<string, string | undefined>();

/** What an answer says once the name and the number of the request are taken out. */
function meaningOf(answer: Answer, name: string): unknown {
  const { requestId, ...rest } = answer.json as unknown as Record<string, unknown>;
  expect(requestId).toBeTruthy();
  return {
    status: answer.status,
    challenge: answer.headers['www-authenticate'],
    body: JSON.stringify(rest).replaceAll(name, 'NAME'),
  };
}

beforeAll(async () => {
  registry = await HttpRegistry.start();
  owner = await registry.createUser('owen', ['acme', 'other']);
  member = await registry.createUser('mia');
  stranger = await registry.createUser('stan');
  await owner.api.setMember('acme', 'mia', 'member');
  await registry.publish(owner, { name: '@acme/secret', version: '1.0.0' });
  await registry.publish(owner, { name: '@acme/open', version: '1.0.0', access: 'public' });
  const expiresAt = Date.now() + 1500;
  const expiring = await owner.api.createToken({ expiresAt: new Date(expiresAt).toISOString() });
  const revoked = await owner.api.createToken();
  expect((await registry.call('/-/whoami', { token: revoked.token })).status).toBe(200);
  await owner.api.revokeToken(revoked.id);
  tokens
    .set('anonymous', undefined)
    .set('an unknown token', `${owner.token.slice(0, -6)}AAAAAA`)
    .set('something that is no token', 'x')
    .set('an expired token', expiring.token)
    .set('a revoked token', revoked.token)
    .set('a token without a scope for packages', (await owner.api.createToken({ scopes: ['user'] })).token)
    .set('a read token', (await owner.api.createToken({ scopes: ['read:packages'] })).token)
    .set('a member without a grant', member.token)
    .set('a stranger', stranger.token)
    .set(
      'a stranger without a scope for packages',
      (await stranger.api.createToken({ scopes: ['user'] })).token,
    )
    .set('the owner', owner.token);
  await new Promise((resolve) => setTimeout(resolve, expiresAt + 100 - Date.now()));
});

afterAll(() => registry?.stop());

const unauthorised = [
  'an unknown token',
  'something that is no token',
  'an expired token',
  'a revoked token',
];
const hidden = ['a member without a grant', 'a stranger'];
const limited = ['a token without a scope for packages', 'a stranger without a scope for packages'];
const readPaths = (name: string): string[] => [
  `/${name.replace('/', '%2f')}`,
  `/${name}/1.0.0`,
  `/${name}/latest`,
  `/${name}/-/${name.split('/')[1]}-1.0.0.tgz`,
  `/-/package/${name}/dist-tags`,
  `/-/package/${name}/visibility`,
  `/downloads/point/last-week/${name}`,
  `/-/npm/v1/attestations/${name}@1.0.0`,
];

describe('reading a private package', () => {
  it.each(readPaths('@acme/secret'))(
    'of %s answers anonymous callers 401 without a challenge',
    async (path) => {
      const answer = await registry.call(path);
      expectRefusal(answer, 401, /sign in|access token/i);
      expect(answer.headers['www-authenticate']).toBeUndefined();
    },
  );

  it.each(unauthorised)('with %s is 401 with a Bearer challenge, on every path', async (who) => {
    for (const path of readPaths('@acme/secret')) {
      const answer = await registry.call(path, { token: tokens.get(who) });
      expectRefusal(answer, 401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    }
  });

  it.each(hidden)('as %s is 404, as if it were not there', async (who) => {
    for (const path of readPaths('@acme/secret'))
      expectRefusal(await registry.call(path, { token: tokens.get(who) }), 404);
  });

  it.each(limited)('with %s is 403 and names the scope that is missing', async (who) => {
    for (const path of readPaths('@acme/secret'))
      expectRefusal(await registry.call(path, { token: tokens.get(who) }), 403, /read:packages/);
  });

  it.each(['the owner', 'a read token'])('with %s works', async (who) => {
    for (const path of readPaths('@acme/secret').slice(0, -1))
      expect((await registry.call(path, { token: tokens.get(who) })).status).toBe(200);
  });

  it.each(['anonymous', ...unauthorised, ...hidden, ...limited])(
    'says to %s word for word what it says of a name that is not there',
    async (who) => {
      const token = tokens.get(who);
      const [there, absent] = [readPaths('@acme/secret'), readPaths('@acme/absent')];
      for (const [index, path] of there.entries()) {
        const known = meaningOf(await registry.call(path, { token }), '@acme/secret');
        expect(known).toEqual(meaningOf(await registry.call(absent[index] ?? '', { token }), '@acme/absent'));
      }
    },
  );

  it('does not give the way a name is written away', async () => {
    const token = stranger.token;
    const there = meaningOf(await registry.call('/@acme/SECRET', { token }), '@acme/SECRET');
    expect(there).toEqual(meaningOf(await registry.call('/@acme/ABSENT', { token }), '@acme/ABSENT'));
  });

  it('accepts the token as Basic password as well', async () => {
    const basic = Buffer.from(`anything:${owner.token}`).toString('base64');
    expect(
      (await registry.call('/@acme/secret', { headers: { authorization: `Basic ${basic}` } })).status,
    ).toBe(200);
  });
});

describe('changing a package', () => {
  const changes = async (name: string): Promise<[string, string, unknown][]> => [
    ['PUT', `/${name.replace('/', '%2f')}`, (await makePublish({ name, version: '9.0.0' })).document],
    ['PUT', `/${name}`, { versions: { '1.0.0': { deprecated: 'old' } } }],
    ['PUT', `/-/package/${name}/dist-tags/next`, JSON.stringify('1.0.0')],
    ['DELETE', `/-/package/${name}/dist-tags/next`, undefined],
    ['PUT', `/${name}/-rev/1-x`, { versions: {} }],
    ['PUT', `/${name}/-rev/1-x`, { maintainers: [{ name: 'stan' }] }],
    ['DELETE', `/${name}/-rev/1-x`, undefined],
    ['DELETE', `/${name}/-/x-1.0.0.tgz/-rev/1-x`, undefined],
    ['POST', `/-/package/${name}/access`, { access: 'public' }],
    ['POST', `/-/stage/package/${name}`, (await makePublish({ name, version: '9.0.0' })).document],
  ];
  const statuses = async (name: string, token: string | undefined): Promise<number[]> => {
    const seen: number[] = [];
    for (const [method, path, body] of await changes(name)) {
      const answer = await registry.call(path, { method, body, token });
      expectRefusal(answer, [401, 403, 404, 409]);
      seen.push(answer.status);
    }
    return seen;
  };

  it.each(['anonymous', ...unauthorised])('as %s is 401', async (who) => {
    expect(new Set(await statuses('@acme/open', tokens.get(who)))).toEqual(new Set([401]));
    expect(new Set(await statuses('@acme/secret', tokens.get(who)))).toEqual(new Set([401]));
  });

  it.each([...limited, 'a read token', 'a member without a grant', 'a stranger'])(
    'as %s is 403 where the package can be read',
    async (who) => {
      expect(new Set(await statuses('@acme/open', tokens.get(who)))).toEqual(new Set([403]));
    },
  );

  it.each(['anonymous', ...unauthorised, ...limited, 'a stranger'])(
    'says to %s the same of a hidden package as of a free name',
    async (who) => {
      const token = tokens.get(who);
      const [there, absent] = [await changes('@acme/secret'), await changes('@acme/absent')];
      for (const [index, [method, path, body]] of there.entries()) {
        const [, otherPath, otherBody] = absent[index]!;
        const known = await registry.call(path, { method, body, token });
        const free = await registry.call(otherPath, { method, body: otherBody, token });
        expect({ method, path, ...Object(meaningOf(known, '@acme/secret')) }).toEqual({
          method,
          path,
          ...Object(meaningOf(free, '@acme/absent')),
        });
      }
    },
  );

  it('leaves everything as it was', async () => {
    const { versions, 'dist-tags': tags } = await registry.document('@acme/secret', owner);
    expect(Object.keys(versions!)).toEqual(['1.0.0']);
    expect(tags).toEqual({ latest: '1.0.0' });
    expect((await registry.call('/@acme/absent', { token: owner.token })).status).toBe(404);
    await registry.expectUnharmed();
  });

  it('lets members create packages in their organization, and owners see them', async () => {
    expect((await registry.publish(member, { name: '@acme/by-mia' })).status).toBe(201);
    expect((await registry.call('/@acme/by-mia', { token: owner.token })).status).toBe(200);
    expectRefusal(await registry.publish(member, { name: '@other/by-mia' }), 403, /not a member/);
  });
});

describe('a token that is revoked', () => {
  it('is refused with the next request', async () => {
    const { id, token } = await owner.api.createToken();
    expect((await registry.call('/@acme/secret', { token })).status).toBe(200);
    await owner.api.revokeToken(id);
    expect((await registry.call('/@acme/secret', { token })).status).toBe(401);
  });

  it('does not make a wrong credential anonymous: public packages refuse it too', async () => {
    expectRefusal(await registry.call('/@acme/open', { token: tokens.get('a revoked token') }), 401);
    expect((await registry.call('/@acme/open')).status).toBe(200);
  });

  it('refuses a header that is no credential', async () => {
    for (const authorization of ['Bearer', 'Bearer ', 'Negotiate abc', 'Basic', 'Basic !!!', 'x'])
      expectRefusal(await registry.call('/@acme/open', { headers: { authorization } }), 401);
  });
});

describe('a search', () => {
  const search = async (query: string, token?: string) => {
    const answer = await registry.call(`/-/v1/search?${query}`, { token });
    expect(answer.status).toBe(200);
    const { objects, total } = answer.json as unknown as {
      objects: { package: { name: string; maintainers: { username: string }[]; date: string } }[];
      total: number;
    };
    for (const { package: hit } of objects) {
      expect(typeof hit.maintainers[0]?.username).toBe('string');
      expect(Number.isNaN(Date.parse(hit.date))).toBe(false);
    }
    return { names: objects.map(({ package: hit }) => hit.name).sort(), total };
  };

  beforeAll(async () => {
    for (const [name, access] of [
      ['hay-one', 'public'],
      ['hay-two', 'public'],
      ['hay-needle', null],
    ] as const)
      await registry.publish(owner, {
        name: `@acme/${name}`,
        access,
        manifest: { description: 'hay stack' },
      });
  });

  it('finds and counts only what the caller may read', async () => {
    expect(await search('text=hay')).toEqual({ names: ['@acme/hay-one', '@acme/hay-two'], total: 2 });
    expect((await search('text=hay', stranger.token)).total).toBe(2);
    expect((await search('text=hay', owner.token)).total).toBe(3);
  });

  it('counts all pages alike', async () => {
    expect(await search('text=hay&size=1')).toMatchObject({ total: 2 });
    expect(await search('text=hay&size=1&from=1')).toMatchObject({ total: 2 });
    expect(await search('text=hay&size=0')).toEqual({ names: [], total: 2 });
    expect(await search('text=hay&size=20&from=50')).toEqual({ names: [], total: 2 });
  });

  it.each([
    'text=scope:acme hay',
    'text=maintainer:acme hay',
    'text=hay not:unstable boost-exact:false unknown:thing',
  ])('understands %s', async (query) => {
    await search(query.replaceAll(' ', '%20'));
  });

  it.each([
    'text=%25%27%22%5C%00--;',
    'text=' + 'a'.repeat(5000),
    'size=-1&from=-5',
    'size=NaN&from=1e9',
    'text[]=a&text[__proto__]=b',
    'text=a&text=b',
    '__proto__[x]=1&constructor=1',
  ])('answers the hostile query %.40s', async (query) => {
    const answer = await registry.call(`/-/v1/search?${query}`);
    expect([200, 400]).toContain(answer.status);
  });
});

describe('the small endpoints', () => {
  it('answer ping and the root', async () => {
    expect((await registry.call('/-/ping')).json).toEqual({});
    for (const path of ['', '/']) expect((await registry.call(path)).json).toHaveProperty('db_name');
  });

  it.each(['/-/x', '/-/all', '/-/npm/v1/hooks', '/undefined', '/npm', '/a/b/c/d/e', '/-/', '/-'])(
    'say in JSON that %s is not there',
    async (path) => {
      expectRefusal(await registry.call(path), [401, 404]);
    },
  );

  it.each([
    ['PATCH', '/@acme/open'],
    ['POST', '/@acme/open'],
    ['DELETE', '/@acme/open'],
    ['OPTIONS', '/@acme/open'],
    ['TRACE', '/@acme/open'],
  ])('say in JSON that %s %s is not there', async (method, path) => {
    expectRefusal(await registry.call(path, { method, token: owner.token }), [404, 405]);
  });

  it('count downloads in the shape of the public service', async () => {
    expect((await registry.call('/@acme/open/-/open-1.0.0.tgz')).status).toBe(200);
    const point = (await registry.call('/downloads/point/last-week/@acme%2fopen')).json;
    expect(point).toMatchObject({
      package: '@acme/open',
      start: expect.any(String) as string,
      end: expect.any(String) as string,
    });
    const range = (await registry.call('/downloads/range/last-month/@acme/open')).json;
    expect(range['downloads']).toHaveLength(30);
    expectRefusal(await registry.call('/downloads/point/last-eon/@acme/open'), 400, /not a period/);
    expectRefusal(await registry.call('/downloads/range/2020-01-01:2026-01-01/@acme/open'), 400);
  });

  it('never take a stranger at its word about the host', async () => {
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/evil',
      forwarded: 'host=evil.example;proto=https',
    };
    const forged = await registry.call('/@acme/open', { headers });
    expect(forged.text).not.toContain('evil');
    expect(forged.text).toContain(`"tarball":"${registry.url}/@acme/open/-/open-1.0.0.tgz"`);
    expect((await registry.call('/@acme/open')).text).toBe(forged.text);
    const login = await registry.call('/-/v1/login', { method: 'POST', body: {}, headers });
    expect(login.text).not.toContain('evil');
  });

  it('know a site administrator', async () => {
    const admin = PlatformApi.withPassword(
      registry.platform.url,
      registry.platform.adminLogin,
      registry.platform.adminPassword,
    );
    const { token } = await admin.createToken();
    expect((await registry.call('/@acme/secret', { token })).status).toBe(200);
    expect((await send(`${registry.platform.url}/health/ready`)).status).toBe(200);
  });
});
