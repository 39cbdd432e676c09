import {
  expectRefusal,
  HttpRegistry,
  send,
  textOf,
  type Answer,
  type Json,
  type Person,
} from './support/http-registry';

jest.setTimeout(120_000);

let registry: HttpRegistry;
let owner: Person;

beforeAll(async () => {
  registry = await HttpRegistry.start();
  owner = await registry.createUser('owen', ['acme']);
});

afterAll(() => registry?.stop());

const userPath = (login: string): string => `/-/user/org.couchdb.user:${login}`;
const signIn = (login: string, password: string, body: object = {}): Promise<Answer> =>
  registry.call(userPath(login), {
    method: 'PUT',
    body: { _id: `org.couchdb.user:${login}`, name: login, password, type: 'user', roles: [], ...body },
  });
const whoami = (token: string): Promise<Answer> => registry.call('/-/whoami', { token });

describe('signing in with a name and a password', () => {
  it('gives a token that works', async () => {
    const answer = await signIn('owen', owner.password);
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ ok: true, id: 'org.couchdb.user:owen' });
    expect((await whoami(textOf(answer.json['token']!))).json).toEqual({ username: 'owen' });
  });

  it('takes an access token in the place of the password, and gives no more rights than it has', async () => {
    const { token } = await owner.api.createToken({ scopes: ['read:packages'] });
    const answer = await signIn('owen', token);
    expect(answer.status).toBe(201);
    const given = textOf(answer.json['token']!);
    expect((await whoami(given)).status).toBe(200);
    expectRefusal(await registry.publish({ token: given }), 403, /write:packages/);
  });

  it('takes a token only with the name that it belongs to', async () => {
    await registry.createUser('other');
    expectRefusal(await signIn('other', owner.token), 401, /name or the password is wrong/);
  });

  it('is refused with a wrong password, without a word on which of the two was wrong', async () => {
    const [known, unknown] = [
      await signIn('owen', 'wrong-password-1'),
      await signIn('nobody-here', 'wrong-password-1'),
    ];
    for (const answer of [known, unknown]) expectRefusal(answer, 401, /name or the password is wrong/);
    expect(known.json['error']).toBe(unknown.json['error']);
    expect(known.headers['www-authenticate']).toBe(unknown.headers['www-authenticate']);
  });

  it('never makes an account', async () => {
    expectRefusal(await signIn('brand-new', 'a-long-enough-password', { email: 'a@example.org' }), 401);
    expectRefusal(await registry.call(userPath('brand-new'), { token: owner.token }), 404);
  });

  it.each([
    ['another name than the address', { name: 'admin-user' }],
    ['no password', { password: undefined }],
    ['a password that is an object', { password: { $gt: '' } }],
    ['a password of a megabyte', { password: 'x'.repeat(1_000_000) }],
    ['a name that is a list', { name: ['owen'] }],
  ])('is refused with %s', async (_what, change) => {
    expectRefusal(await signIn('owen', owner.password, change), [400, 413]);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', '%00', '..%2fx', 'x'.repeat(3000), '%E2%9C%93'])(
    'survives the user %.30s',
    async (login) => {
      expectRefusal(await signIn(login, 'a-long-enough-password'), [400, 401]);
      expectRefusal(await registry.call(userPath(login), { token: owner.token }), [400, 404]);
      expect((await whoami(owner.token)).json).toEqual({ username: 'owen' });
    },
  );

  it('is slowed down when passwords are guessed', async () => {
    const victim = await registry.createUser('victim');
    const guesses = Array.from({ length: 20 }, (_, index) => signIn('victim', `guess-number-${index}`));
    const answers = await Promise.all(guesses);
    const slowed = answers.filter(({ status }) => status === 429);
    expect(slowed.length).toBeGreaterThanOrEqual(10);
    for (const answer of slowed) {
      expectRefusal(answer, 429, /wait/i);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await whoami(victim.token)).status).toBe(200);
  });

  it('shows nobody the address of others', async () => {
    expectRefusal(await registry.call(userPath('owen')), 401);
    const answer = await registry.call(userPath('owen'), { token: owner.token });
    expect(answer.json).toEqual({ _id: 'org.couchdb.user:owen', name: 'owen', email: '' });
  });
});

describe('signing in through the browser', () => {
  const start = (body: unknown = {}): Promise<Answer> =>
    registry.call('/-/v1/login', { method: 'POST', body });
  const visit = (page: string, fields: Record<string, string>): Promise<Answer> =>
    send(page, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    });

  it('gives the token once, when the page was answered', async () => {
    const { json } = await start({ hostname: 'laptop' });
    const [page, done] = [textOf(json['loginUrl']!), textOf(json['doneUrl']!)];
    const pending = await send(done);
    expect([pending.status, pending.headers['retry-after']]).toEqual([202, '1']);
    expect((await visit(page, { login: 'owen', password: 'wrong', answer: 'approve' })).status).toBe(401);
    expect((await send(done)).status).toBe(202);
    expect((await visit(page, { login: 'owen', password: owner.password, answer: 'approve' })).status).toBe(
      200,
    );
    const answers = await Promise.all([send(done), send(done), send(done)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
    const given = answers.find(({ status }) => status === 200)!;
    expect((await whoami(textOf(given.json['token']!))).json).toEqual({ username: 'owen' });
  });

  it.each([[undefined], [{ create: true }], [[]], ['x'], [{ __proto__: 1 }]])(
    'begins with the body %j',
    async (body) => {
      expect([200, 400]).toContain((await start(body)).status);
    },
  );
});

describe('the tokens of an account', () => {
  const path = '/-/npm/v1/tokens';
  const create = (person: Person, body: object): Promise<Answer> =>
    registry.call(path, {
      method: 'POST',
      token: person.token,
      body: { password: person.password, ...body },
    });
  const revoke = (person: Person, key: string): Promise<Answer> =>
    registry.call(`${path}/token/${key}`, { method: 'DELETE', token: person.token });

  it('are listed in pages, without their text', async () => {
    const person = await registry.createUser('lister');
    const texts = [person.token];
    for (let index = 0; index < 12; index += 1)
      texts.push(textOf((await create(person, { name: `token ${index}` })).json['token']!));
    const keys: unknown[] = [];
    let next: string | undefined = `${registry.url}${path}?perPage=5`;
    while (next) {
      const answer: Answer = await send(next, { token: person.token });
      const { objects, total, urls } = answer.json as unknown as {
        objects: { key: string; token: string; created: string }[];
        total: number;
        urls: { next?: string };
      };
      expect(total).toBe(13);
      for (const text of texts) expect(answer.text).not.toContain(text);
      for (const { key, token, created } of objects) {
        expect([typeof key, typeof token]).toEqual(['string', 'string']);
        expect(Number.isNaN(Date.parse(created))).toBe(false);
        keys.push(key);
      }
      next = urls.next;
    }
    expect(new Set(keys).size).toBe(13);
  });

  it.each([
    'page=-1',
    'page=x',
    'perPage=0',
    'perPage=1e9',
    'page=99999999999999999999',
    'page=1&page=2',
    'page[a]=1',
  ])('are listed for the query %s', async (query) => {
    expect((await registry.call(`${path}?${query}`, { token: owner.token })).json).toHaveProperty('objects');
  });

  it('are made with the password only', async () => {
    expectRefusal(await create(owner, { password: 'wrong' }), [401, 403], /password/);
    expectRefusal(await create(owner, { password: undefined }), 400, /password/);
    expectRefusal(await create(owner, { password: { a: 1 } }), 400);
    expectRefusal(await create(owner, { expires: -1 }), 400);
  });

  it('may be made to read only', async () => {
    const { json } = await create(owner, { readonly: true });
    expect(json).toMatchObject({ readonly: true });
    expectRefusal(await registry.publish({ token: textOf(json['token']!) }), 403);
  });

  it('do not grow beyond the token that made them', async () => {
    const { token } = await owner.api.createToken({ scopes: ['read:packages', 'user'] });
    const answer = await registry.call(path, { method: 'POST', token, body: { password: owner.password } });
    if (answer.status === 200)
      expectRefusal(await registry.publish({ token: textOf(answer.json['token']!) }), 403);
    else expectRefusal(answer, 403);
  });

  it('are dead at once when they are revoked by key or by text', async () => {
    for (const field of ['key', 'token']) {
      const { json }: { json: Json } = await create(owner, {});
      const text = textOf(json['token']!);
      expect((await whoami(text)).status).toBe(200);
      expect((await revoke(owner, textOf(json[field]!))).status).toBe(204);
      expectRefusal(await whoami(text), 401);
    }
  });

  it('of others are not there', async () => {
    const other = await registry.createUser('thief');
    const { json } = await create(owner, {});
    for (const field of ['key', 'token']) expectRefusal(await revoke(other, textOf(json[field]!)), 404);
    expect((await whoami(textOf(json['token']!))).status).toBe(200);
    for (const key of ['x', '__proto__', '%00', '00000000-0000-4000-8000-000000000000'])
      expectRefusal(await revoke(owner, key), [400, 404]);
  });

  it('end with the sign-out that names them', async () => {
    const { json } = await create(owner, {});
    const token = textOf(json['token']!);
    const answer = await registry.call(`/-/user/token/${token}`, { method: 'DELETE', token });
    expect([200, 204]).toContain(answer.status);
    expectRefusal(await whoami(token), 401);
    expectRefusal(
      await registry.call(`/-/user/token/${token}`, { method: 'DELETE', token: owner.token }),
      404,
    );
    expect(registry.platform.output()).not.toContain(token);
  });
});
