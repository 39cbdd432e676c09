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
let mia: Person;
let stan: Person;

beforeAll(async () => {
  registry = await HttpRegistry.start();
  owner = await registry.createUser('owen', ['acme']);
  mia = await registry.createUser('mia');
  stan = await registry.createUser('stan');
  await registry.publish(owner, { name: '@acme/thing' });
  await registry.publish(owner, { name: '@acme/open', access: 'public' });
  await registry.publish(owner, { name: '@owen/own' });
});

afterAll(() => registry?.stop());
afterEach(() => registry.expectUnharmed());

const ask = (person: Person, method: string, path: string, body?: unknown): Promise<Answer> =>
  registry.call(path, { method, token: person.token, body });

describe('the members of an organization', () => {
  const path = '/-/org/acme/user';
  let admin: Person;

  beforeAll(async () => {
    const { token } = await owner.api.createToken({
      scopes: ['read:packages', 'write:packages', 'delete:packages', 'admin:org'],
    });
    admin = { ...owner, token };
  });

  it('are added, listed and removed', async () => {
    const added = await ask(admin, 'PUT', path, { user: 'mia', role: 'developer' });
    expect(added.json).toMatchObject({ user: 'mia', role: 'developer', org: { name: 'acme' } });
    expect((await ask(mia, 'GET', path)).json).toEqual({ owen: 'owner', mia: 'developer' });
    expect((await registry.publish(mia, { name: '@acme/by-mia' })).status).toBe(201);
    expect([200, 204]).toContain((await ask(admin, 'DELETE', path, { user: 'mia' })).status);
    expect((await ask(admin, 'GET', path)).json).toEqual({ owen: 'owner' });
    expectRefusal(await registry.publish(mia, { name: '@acme/later' }), 403);
  });

  it('are changed by owners with the scope for it only', async () => {
    expectRefusal(await ask(owner, 'PUT', path, { user: 'mia' }), 403, /admin:org/);
    await ask(admin, 'PUT', path, { user: 'mia' });
    expectRefusal(await ask(mia, 'PUT', path, { user: 'stan' }), 403, /owners/);
    expectRefusal(await ask(stan, 'PUT', path, { user: 'stan' }), 404);
    expectRefusal(await ask(stan, 'GET', path), 404);
    expectRefusal(await ask(stan, 'GET', '/-/org/nothing/user'), 404);
    expectRefusal(await registry.call(path), 401);
  });

  it('keep at least one owner', async () => {
    expectRefusal(await ask(admin, 'DELETE', path, { user: 'owen' }), [400, 403, 409], /owner/);
    expectRefusal(
      await ask(admin, 'PUT', path, { user: 'owen', role: 'developer' }),
      [400, 403, 409],
      /owner/,
    );
  });

  it.each([
    {},
    { user: 5 },
    { user: 'mia', role: 'king' },
    [],
    null,
    { user: 'nobody-here' },
    { user: 'acme' },
    { user: '__proto__' },
  ])('are not changed by %j', async (body) => {
    expectRefusal(await ask(admin, 'PUT', path, body), [400, 404]);
  });

  it.each([
    ['PUT', '/-/org/acme/team'],
    ['GET', '/-/org/acme/team'],
    ['GET', '/-/team/acme/devs/user?format=cli'],
    ['PUT', '/-/team/acme/devs/package'],
    ['DELETE', '/-/team/acme/devs'],
  ])('are not put into teams: %s %s says what to do instead', async (method, to) => {
    expectRefusal(
      await ask(owner, method, to, method === 'GET' ? undefined : {}),
      [404, 501],
      /npm owner|npm org/,
    );
  });
});

describe('the owners of a package', () => {
  beforeAll(() => owner.api.setMember('acme', 'stan', 'member'));

  const change = async (person: Person, name: string, ...logins: unknown[]): Promise<Answer> => {
    const rev = textOf((await registry.document(name, owner))['_rev']!);
    return ask(person, 'PUT', `/${name.replace('/', '%2f')}/-rev/${rev}`, {
      _id: name,
      _rev: rev,
      maintainers: logins.map((login) => ({ name: login, email: 'x@example.org' })),
    });
  };
  const namesOf = async (name: string): Promise<string[]> => {
    const maintainers = (await registry.document(name, owner))['maintainers'] as unknown as {
      name: string;
    }[];
    return maintainers.map((each) => each.name).sort();
  };

  it('are added and removed, and the document shows it', async () => {
    expect((await change(owner, '@acme/thing', 'owen', 'stan')).status).toBe(201);
    expect(await namesOf('@acme/thing')).toEqual(['owen', 'stan']);
    expect((await registry.publish(stan, { name: '@acme/thing', version: '1.1.0' })).status).toBe(201);
    expect((await change(stan, '@acme/thing', 'owen')).status).toBe(201);
    expect(await namesOf('@acme/thing')).toEqual(['owen']);
    expectRefusal(await registry.publish(stan, { name: '@acme/thing', version: '1.2.0' }), 404);
    expectRefusal(await ask(stan, 'GET', '/@acme/thing'), 404);
  });

  it.each([
    ['an unknown user', ['owen', 'nobody-here']],
    ['an organization', ['owen', 'acme']],
    ['nobody', []],
    ['a name that is no text', ['owen', 5]],
    ['an empty name', ['']],
    ['a poisoned name', ['__proto__']],
    ['a name without end', ['x'.repeat(5000)]],
  ])('cannot be %s', async (_what, logins) => {
    expectRefusal(await change(owner, '@acme/thing', ...logins), [400, 404]);
    expect(await namesOf('@acme/thing')).toEqual(['owen']);
  });

  it('always include the user that it belongs to', async () => {
    expectRefusal(await change(owner, '@owen/own', 'stan'), 403, /cannot be removed/);
    expect((await change(owner, '@owen/own', 'owen', 'stan')).status).toBe(201);
    expect(await namesOf('@owen/own')).toEqual(['owen', 'stan']);
    expectRefusal(await change(stan, '@owen/own', 'stan'), 403);
  });

  it('are changed on the newest revision only', async () => {
    const rev = textOf((await registry.document('@acme/thing', owner))['_rev']!);
    await registry.publish(owner, { name: '@acme/thing', version: '5.0.0' });
    const stale = await ask(owner, 'PUT', `/@acme/thing/-rev/${rev}`, { maintainers: [{ name: 'stan' }] });
    expectRefusal(stale, 409, /conflict/);
    expect(await namesOf('@acme/thing')).toEqual(['owen']);
  });
});

describe('who may read', () => {
  const set = (person: Person, body: unknown, name = 'thing'): Promise<Answer> =>
    ask(person, 'POST', `/-/package/@acme%2f${name}/access`, body);

  it('is changed by those who administer the package', async () => {
    await registry.publish(owner, { name: '@acme/shown' });
    const visible = async (): Promise<Json> =>
      (await ask(owner, 'GET', '/-/package/@acme%2fshown/visibility')).json;
    expect(await visible()).toEqual({ public: false });
    expectRefusal(await set(stan, { access: 'public' }, 'shown'), 404);
    expect((await set(owner, { access: 'restricted' }, 'shown')).status).toBe(200);
    expect((await set(owner, { access: 'public' }, 'shown')).status).toBe(200);
    expect(await visible()).toEqual({ public: true });
    expect((await registry.call('/@acme/shown')).status).toBe(200);
    expectRefusal(await set(stan, { access: 'public' }, 'shown'), 403);
  });

  it('stays public once it is', async () => {
    expectRefusal(await set(owner, { access: 'restricted' }, 'open'), 403, /others may depend/);
    expect((await registry.call('/@acme/open')).status).toBe(200);
  });

  it.each([{ access: 'x' }, {}, [], null, { access: { a: 1 } }])('is not changed by %j', async (body) => {
    expectRefusal(await set(owner, body), 400, /public/);
  });

  it('says how a second factor is asked for', async () => {
    expectRefusal(await set(owner, { publish_requires_tfa: true }), [400, 501], /profile/);
  });

  it('is listed by package and by owner, as the caller sees it', async () => {
    const collaborators = '/-/package/@acme%2fopen/collaborators';
    expect((await ask(stan, 'GET', collaborators)).json).toEqual({ owen: 'write' });
    expectRefusal(await registry.call(collaborators), 401);
    expect(Object.keys((await ask(owner, 'GET', '/-/org/acme/package')).json)).toEqual(
      expect.arrayContaining(['@acme/open', '@acme/thing']),
    );
    expect((await ask(stan, 'GET', '/-/org/acme/package')).json).toEqual({
      '@acme/open': 'read',
      '@acme/shown': 'read',
    });
    expectRefusal(await ask(stan, 'GET', '/-/user/acme/package'), 404);
    expectRefusal(await ask(stan, 'GET', '/-/org/nothing/package'), 404);
  });
});

describe('stars', () => {
  const star = (person: Person, name: string, users: unknown): Promise<Answer> =>
    ask(person, 'PUT', `/${name.replace('/', '%2f')}`, { _id: name, users });
  const starsOf = async (login: string, person: Person): Promise<unknown> =>
    (await ask(person, 'GET', `/-/_view/starredByUser?key=%22${login}%22`)).json['rows'];

  it('are only the own ones', async () => {
    expect((await star(stan, '@acme/open', { stan: true, owen: true, mia: true })).status).toBe(201);
    expect((await registry.document('@acme/open'))['users']).toEqual({ stan: true });
    await star(owner, '@acme/open', { owen: true });
    expect((await registry.document('@acme/open'))['users']).toEqual({ stan: true, owen: true });
    await star(stan, '@acme/open', {});
    expect((await registry.document('@acme/open'))['users']).toEqual({ owen: true });
    expect(await starsOf('owen', stan)).toEqual([{ value: '@acme/open' }]);
    expect(await starsOf('stan', stan)).toEqual([]);
  });

  it('are for what can be read, and listed to those who can read it', async () => {
    expectRefusal(await star(stan, '@acme/thing', { stan: true }), 404);
    expectRefusal(
      await registry.call('/@acme/open', { method: 'PUT', body: { users: { owen: true } } }),
      401,
    );
    await star(owner, '@acme/thing', { owen: true });
    expect(await starsOf('owen', owner)).toEqual(expect.arrayContaining([{ value: '@acme/thing' }]));
    expect(await starsOf('owen', stan)).toEqual([{ value: '@acme/open' }]);
  });

  it.each(['', '?key=', '?key=%22', '?key=a&key=b', `?key=${'x'.repeat(5000)}`, '?key=%00'])(
    'are listed for the hostile query %.20s',
    async (query) => {
      expect((await registry.call(`/-/_view/starredByUser${query}`)).json).toEqual({ rows: [] });
    },
  );
});
