import { TOTP, URI } from 'otpauth';
import { makePublish } from './builders';
import { expectRefusal, HttpRegistry, send, textOf, type Answer, type Person } from './support/http-registry';

jest.setTimeout(180_000);

let registry: HttpRegistry;
let careful: Person;
let authenticator: TOTP;
let recoveryCodes: string[];
let used = -1;
let version = 0;

/** A code that was not used before: each period of thirty seconds has one, and the next one is accepted early. */
async function nextCode(): Promise<string> {
  for (;;) {
    const now = Math.floor(Date.now() / 30_000);
    for (const step of [now, now + 1]) {
      if (step <= used) continue;
      used = step;
      return authenticator.generate({ timestamp: step * 30_000 });
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

const profile = (person: Person, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  registry.call('/-/npm/v1/user', { method: 'POST', token: person.token, body, headers });

async function publishNext(headers: Record<string, string> = {}): Promise<Answer> {
  version += 1;
  const { document } = await makePublish({ name: '@safe/thing', version: `1.0.${version}` });
  return registry.call('/@safe%2fthing', { method: 'PUT', token: careful.token, body: document, headers });
}

const visit = (page: string, fields: Record<string, string>): Promise<Answer> =>
  send(page, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });

beforeAll(async () => {
  registry = await HttpRegistry.start();
  careful = await registry.createUser('cara', ['safe']);
});

afterAll(() => registry?.stop());

describe('turning the second factor on', () => {
  it('needs the password', async () => {
    const wrong = await profile(careful, { tfa: { mode: 'auth-and-writes', password: 'not the password' } });
    expectRefusal(wrong, [401, 403]);
    expect((await registry.call('/-/npm/v1/user', { token: careful.token })).json['tfa']).toBe(false);
  });

  it('gives a secret, and counts once a code proves that it is known', async () => {
    const started = await profile(careful, { tfa: { mode: 'auth-and-writes', password: careful.password } });
    authenticator = URI.parse(textOf(started.json['tfa']!)) as TOTP;
    expectRefusal(await profile(careful, { tfa: ['000000'] }), [400, 401, 403]);
    const done = await profile(careful, { tfa: [await nextCode()] });
    expect(done.status).toBe(200);
    recoveryCodes = done.json['tfa'] as unknown as string[];
    expect(recoveryCodes.length).toBeGreaterThanOrEqual(5);
    const shown = (await registry.call('/-/npm/v1/user', { token: careful.token })).json['tfa'];
    expect(shown).toMatchObject({ mode: 'auth-and-writes', pending: false });
  });

  it.each([
    { tfa: { mode: 'x', password: 'y' } },
    { tfa: ['1', '2'] },
    { tfa: 5 },
    { password: 'x' },
    { email: {} },
    { homepage: 'x'.repeat(10_000) },
    [],
    null,
  ])('is not confused by %j', async (body) => {
    expectRefusal(await profile(careful, body), [400, 401]);
  });
});

describe('a change by an account with a second factor', () => {
  it('without a code is asked for one, with both addresses', async () => {
    const answer = await publishNext();
    expectRefusal(answer, 401, /one-time pass/);
    expect(answer.headers['www-authenticate']).toBe('OTP');
    for (const key of ['authUrl', 'doneUrl']) expect(URL.canParse(textOf(answer.json[key]!))).toBe(true);
    await registry.expectUnharmed();
  });

  it('reads without a code', async () => {
    expect((await registry.call('/-/whoami', { token: careful.token })).json).toEqual({ username: 'cara' });
  });

  it('with a wrong code is asked again, with the right one published, and with it again refused', async () => {
    const wrong = await publishNext({ 'npm-otp': '000000' });
    expectRefusal(wrong, 401, /wrong/);
    expect(wrong.headers['www-authenticate']).toBe('OTP');
    const code = await nextCode();
    expect((await publishNext({ 'npm-otp': code })).status).toBe(201);
    expectRefusal(await publishNext({ 'npm-otp': code }), 401, /wrong|used/);
  });

  it('takes a recovery code once', async () => {
    const [code] = recoveryCodes as [string];
    expect((await publishNext({ 'npm-otp': code })).status).toBe(201);
    expectRefusal(await publishNext({ 'npm-otp': code }), 401);
  });

  it('asks for every kind of change', async () => {
    const { token } = careful;
    const rev = textOf((await registry.document('@safe/thing', careful))['_rev']!);
    const changes: [string, string, unknown][] = [
      ['PUT', '/@safe/thing', { versions: { '1.0.2': { deprecated: 'x' } } }],
      ['PUT', '/-/package/@safe/thing/dist-tags/next', '"1.0.2"'],
      ['DELETE', '/-/package/@safe/thing/dist-tags/next', undefined],
      ['POST', '/-/package/@safe/thing/access', { access: 'public' }],
      ['PUT', `/@safe/thing/-rev/${rev}`, { maintainers: [{ name: 'cara' }] }],
      ['PUT', `/@safe/thing/-rev/${rev}`, { versions: {} }],
      ['DELETE', `/@safe/thing/-rev/${rev}`, undefined],
      ['PUT', '/-/org/safe/user', { user: 'cara', role: 'owner' }],
      ['POST', '/-/npm/v1/tokens', { password: careful.password }],
      ['DELETE', '/-/npm/v1/tokens/token/x', undefined],
      ['POST', '/-/npm/v1/user', { fullname: 'Cara' }],
      ['POST', '/-/npm/v1/user', { tfa: { mode: 'disable', password: careful.password } }],
    ];
    for (const [method, path, body] of changes) {
      const answer = await registry.call(path, { method, token, body });
      expect({ path, body, status: answer.status, asks: answer.headers['www-authenticate'] }).toEqual({
        path,
        body,
        status: 401,
        asks: 'OTP',
      });
    }
  });

  it('says no to those without the right before it asks for a code', async () => {
    await registry.createUser('owen', ['acme']);
    const { document } = await makePublish({ name: '@acme/thing' });
    expectRefusal(await registry.put(careful, '@acme/thing', document), 403);
  });
});

describe('confirming in the browser', () => {
  it('answers 202 until the page was answered, and then gives a code that works once', async () => {
    const { json } = await publishNext();
    const [page, done] = [textOf(json['authUrl']!), textOf(json['doneUrl']!)];
    for (let round = 0; round < 2; round += 1) {
      const pending = await send(done);
      expect(pending.status).toBe(202);
      expect(Number(pending.headers['retry-after'])).toBeGreaterThan(0);
      expect(pending.json).toEqual({});
      expect(pending.headers['cache-control']).toBe('no-store');
    }
    expect((await send(page)).headers['content-type']).toMatch(/^text\/html/);
    const { login, password } = careful;
    const wrong = await visit(page, { login, password, otp: '000000', answer: 'approve' });
    expect(wrong.status).toBe(401);
    expect((await send(done)).status).toBe(202);
    const right = await visit(page, { login, password, otp: await nextCode(), answer: 'approve' });
    expect(right.status).toBe(200);
    const token = textOf((await send(done)).json['token']!);
    expectRefusal(await send(done), 404);
    expect((await publishNext({ 'npm-otp': token })).status).toBe(201);
    expectRefusal(await publishNext({ 'npm-otp': token }), 401);
    expectRefusal(await registry.call('/-/whoami', { token }), 401);
  });

  it('gives nobody else the confirmation', async () => {
    const { json } = await publishNext();
    const other = await registry.createUser('otto');
    const answer = await visit(textOf(json['authUrl']!), {
      login: other.login,
      password: other.password,
      otp: '',
      answer: 'approve',
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect((await send(textOf(json['doneUrl']!))).status).toBe(202);
  });

  it('tells the client when the person said no', async () => {
    const { json } = await publishNext();
    await visit(textOf(json['authUrl']!), { answer: 'deny', ...careful, otp: await nextCode() } as never);
    expectRefusal(await send(textOf(json['doneUrl']!)), 403, /denied/);
  });

  it.each(['x', '__proto__', '%00', 'a'.repeat(3000), '..%2f..'])('knows no secret %.20s', async (secret) => {
    expectRefusal(await registry.call(`/-/v1/done/${secret}`), [400, 404]);
  });
});
