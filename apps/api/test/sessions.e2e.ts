import { removeTemporaryFolders, selectModes, startPlatform, type RunningPlatform } from '@packhouse/testing';
import { TOTP, Secret } from 'otpauth';
import { Browser, hiddenField } from './support/browser';
import { onEvery } from './support/replicas';

jest.setTimeout(60_000);

const password = 'a-long-enough-password';
const json = { 'content-type': 'application/json' };

describe.each(selectModes())('browsers, %s', (mode) => {
  let platform: RunningPlatform;

  beforeAll(async () => {
    platform = await startPlatform({ mode });
    for (const login of ['alice', 'mallory', 'victim', 'otto'])
      await platform.api.createUser(login, password);
  }, 240_000);
  afterAll(async () => {
    await platform?.stop();
    removeTemporaryFolders();
  }, 60_000);

  const open = (): Browser => new Browser(platform.url);
  async function signedIn(login = 'alice'): Promise<Browser> {
    const browser = open();
    expect((await browser.signIn(login, password)).status).toBe(303);
    return browser;
  }
  async function csrfOf(browser: Browser): Promise<string> {
    const answer = await browser.get('/api/packhouse/v1/session');
    return (JSON.parse(answer.text) as { csrfToken: string }).csrfToken;
  }

  describe('signing in with a browser', () => {
    it('gives a cookie that scripts cannot read and other sites cannot use, and the API knows who it is', async () => {
      const browser = await signedIn();
      expect(browser.lastCookie).toMatch(/^packhouse_session=[\w-]{43}; /);
      for (const attribute of ['HttpOnly', 'SameSite=Lax', 'Path=/'])
        expect(browser.lastCookie).toContain(attribute);
      expect(browser.lastCookie).not.toContain('Domain');
      const user = await browser.get('/api/packhouse/v1/user');
      expect(JSON.parse(user.text)).toMatchObject({ login: 'alice', scopes: null });
    });

    it('answers a wrong password and a wrong login alike, on a page that keeps the typed name', async () => {
      const wrong = await open().signIn('alice', 'not-the-password');
      const unknown = await open().signIn('alyce', 'not-the-password');
      expect([wrong.status, unknown.status]).toEqual([401, 401]);
      expect(wrong.text.replaceAll('alice', 'X')).toBe(unknown.text.replaceAll('alyce', 'X'));
      expect(wrong.headers['set-cookie']).toBeUndefined();
    });

    it('slows the guessing of a password, the right one included, and says for how long', async () => {
      const guesses = [];
      for (let i = 0; i < 12; i++) guesses.push(await open().signIn('victim', `guess-number-${i}`));
      expect(guesses.at(-1)?.status).toBe(429);
      expect(Number(guesses.at(-1)?.headers['retry-after'])).toBeGreaterThan(0);
      expect((await open().signIn('victim', password)).status).toBe(429);
      const basic = Buffer.from(`victim:${password}`).toString('base64');
      const api = await open().get('/api/packhouse/v1/user', { authorization: `Basic ${basic}` });
      expect(api.status).toBe(429);
    });

    it('asks for the second factor where the account has one', async () => {
      const authorization = `Basic ${Buffer.from(`otto:${password}`).toString('base64')}`;
      const profile = (body: object) =>
        open().send('POST', '/_registry/npm/-/npm/v1/user', { authorization, ...json }, JSON.stringify(body));
      const { tfa } = JSON.parse((await profile({ tfa: { password, mode: 'auth-only' } })).text) as {
        tfa: string;
      };
      const secret = Secret.fromBase32(new URL(tfa).searchParams.get('secret') ?? '');
      const totp = new TOTP({ secret });
      const confirmed = await profile({ tfa: [totp.generate({ timestamp: Date.now() - 30_000 })] });
      expect(confirmed.status).toBe(200);
      expect((await open().signIn('otto', password)).status).toBe(401);
      expect((await open().signIn('otto', password, { otp: '000000' })).status).toBe(401);
      expect((await open().signIn('otto', password, { otp: totp.generate() })).status).toBe(303);
    });

    it('takes no access token in the place of the password', async () => {
      const { token } = await platform.api.createToken();
      const answer = await open().signIn(platform.adminLogin, token);
      expect(answer.status).toBe(403);
      expect(answer.headers['set-cookie']).toBeUndefined();
    });

    it('never adopts a session that was there before', async () => {
      const browser = open();
      const planted = 'A'.repeat(43);
      browser.cookies.set('packhouse_session', planted);
      await browser.signIn('alice', password);
      expect(browser.cookies.get('packhouse_session')).not.toBe(planted);
      const attacker = open();
      attacker.cookies.set('packhouse_session', planted);
      expect((await attacker.get('/api/packhouse/v1/user')).status).toBe(401);
    });

    it('ends the session of before: what somebody planted and used does not stay signed in', async () => {
      const attacker = await signedIn('mallory');
      const planted = attacker.cookies.get('packhouse_session') ?? '';
      const visitor = open();
      visitor.cookies.set('packhouse_session', planted);
      await visitor.signIn('alice', password);
      expect(JSON.parse((await visitor.get('/api/packhouse/v1/user')).text)).toMatchObject({
        login: 'alice',
      });
      expect((await attacker.get('/api/packhouse/v1/user')).status).toBe(401);
    });

    it('is not taken from a page of somebody else, who would sign visitors in as himself', async () => {
      for (const headers of [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { origin: undefined },
        { 'sec-fetch-site': 'cross-site' },
        { origin: `${platform.url}.evil.example` },
      ]) {
        const browser = open();
        const answer = await browser.post('/login', { login: 'mallory', password }, headers);
        expect([answer.status, browser.cookies.size]).toEqual([403, 0]);
      }
    });

    it.each([
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      '/.//evil.example',
    ])('never leads to %j', async (target) => {
      const answer = await open().signIn('alice', password, { return_to: target });
      expect([answer.status, answer.headers.location]).toEqual([303, '/']);
      const browser = await signedIn();
      const again = await browser.get(`/login?return_to=${encodeURIComponent(target)}`);
      expect([again.status, again.headers.location]).toEqual([303, '/']);
    });

    it('leads back to where one was', async () => {
      const page = await open().get('/login?return_to=%2Fsettings%2Fsessions%3Fa%3D1');
      expect(hiddenField(page.text, 'return_to')).toBe('/settings/sessions?a=1');
      const answer = await open().signIn('alice', password, { return_to: '/settings/sessions?a=1' });
      expect(answer.headers.location).toBe('/settings/sessions?a=1');
    });

    it('shows pages that run no script, are framed by nobody and repeat nothing unescaped', async () => {
      const page = await open().signIn('"><script>alert(1)</script>', 'x');
      expect(page.text).not.toContain('<script');
      const policy = String(page.headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe-inline');
      expect(page.headers['cache-control']).toBe('no-store');
    });
  });

  describe('a change that is signed in by a session', () => {
    const change = (browser: Browser, headers: Record<string, string>) =>
      browser.send(
        'POST',
        '/api/packhouse/v1/tokens',
        { ...json, ...headers },
        JSON.stringify({ name: 'made' }),
      );

    it('needs the CSRF token and a page of this instance, both', async () => {
      const browser = await signedIn();
      const csrf = { 'x-csrf-token': await csrfOf(browser) };
      const own = { origin: platform.url };
      const cross = { origin: 'https://evil.example' };
      const refused = [{}, own, csrf, { ...csrf, ...cross }, { ...own, 'x-csrf-token': 'x' }];
      const withSite = { ...csrf, ...own, 'sec-fetch-site': 'cross-site' };
      for (const headers of [...refused, withSite, { ...csrf, 'sec-fetch-site': 'same-site' }])
        expect((await change(browser, headers as Record<string, string>)).status).toBe(403);
      expect((await change(browser, { ...csrf, ...own })).status).toBe(201);
      expect((await change(browser, { ...csrf, 'sec-fetch-site': 'same-origin' })).status).toBe(201);
    });

    it('takes the CSRF token of its own session only', async () => {
      const [mine, other] = [await signedIn(), await signedIn('mallory')];
      const headers = { origin: platform.url, 'x-csrf-token': await csrfOf(other) };
      expect((await change(mine, headers)).status).toBe(403);
    });

    it('is not possible with GET, and no page reads the token across origins', async () => {
      const browser = await signedIn();
      const answer = await browser.get('/api/packhouse/v1/session', { origin: 'https://evil.example' });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      for (const path of ['/logout', '/api/packhouse/v1/tokens', '/settings/sessions'])
        await browser.get(path);
      expect((await browser.get('/api/packhouse/v1/user')).status).toBe(200);
    });

    it('is nothing that package managers are asked for: their registry looks at no cookie', async () => {
      const browser = await signedIn();
      expect((await browser.get('/_registry/npm/-/whoami')).status).toBe(401);
    });

    it('needs neither with a token in the header, whatever cookie comes along', async () => {
      const browser = await signedIn();
      const { token } = await platform.api.createToken({ scopes: ['user'] });
      const answer = await browser.send(
        'POST',
        '/api/packhouse/v1/tokens',
        { ...json, authorization: `Bearer ${token}` },
        JSON.stringify({ name: 'made', scopes: ['user'] }),
      );
      expect(answer.status).toBe(201);
    });
  });

  describe('sessions', () => {
    it('end when one signs out, for everybody who has the cookie', async () => {
      const browser = await signedIn();
      const copy = open();
      copy.cookies.set('packhouse_session', browser.cookies.get('packhouse_session') ?? '');
      expect((await browser.post('/logout', { csrf: 'x' })).status).toBe(403);
      expect((await copy.get('/api/packhouse/v1/user')).status).toBe(200);
      const page = await browser.get('/logout');
      const out = await browser.post('/logout', { csrf: hiddenField(page.text, 'csrf') });
      expect([out.status, out.headers.location, browser.cookies.size]).toEqual([303, '/login', 0]);
      expect((await copy.get('/api/packhouse/v1/user')).status).toBe(401);
    });

    it('are listed and ended on a page and by the API, by their holder only', async () => {
      const [here, there, stranger] = [await signedIn(), await signedIn(), await signedIn('mallory')];
      const listed = async (browser: Browser) =>
        (
          JSON.parse((await browser.get('/api/packhouse/v1/sessions')).text) as {
            items: Array<{ id: string; current: boolean }>;
          }
        ).items;
      const id = (await listed(there)).find(({ current }) => current)?.id ?? '';
      const page = await here.get('/settings/sessions');
      expect(page.text).toContain(id);
      const foreign = { csrf: await csrfOf(stranger) };
      expect((await stranger.post(`/settings/sessions/${id}/end`, foreign)).status).toBe(404);
      const mine = { csrf: await csrfOf(here) };
      expect((await here.post(`/settings/sessions/${id}/end`, {})).status).toBe(403);
      expect((await here.post(`/settings/sessions/${id}/end`, mine)).status).toBe(303);
      expect((await there.get('/api/packhouse/v1/user')).status).toBe(401);
      const own = (await listed(here)).find(({ current }) => current)?.id ?? '';
      const headers = { origin: platform.url, 'x-csrf-token': mine.csrf };
      const path = `/api/packhouse/v1/sessions/${own}`;
      expect((await here.send('DELETE', path, headers)).status).toBe(204);
      expect((await here.get('/api/packhouse/v1/user')).status).toBe(401);
    });
  });

  describe('a session, for every replica', () => {
    /** Copies of a browser, each of which asks one replica. */
    const onReplicas = (home: Browser): Browser[] =>
      platform.replicas.map((url) => {
        const browser = new Browser(url);
        for (const [name, value] of home.cookies) browser.cookies.set(name, value);
        return browser;
      });
    const statuses = (browsers: readonly Browser[]): Promise<number[]> =>
      Promise.all(browsers.map(async (browser) => (await browser.get('/api/packhouse/v1/user')).status));

    it('counts wherever the browser comes to, CSRF token included, and ends everywhere at once', async () => {
      const home = await signedIn();
      const browsers = onReplicas(home);
      await expect(statuses(browsers)).resolves.toEqual(onEvery(platform, 200));
      const csrf = await csrfOf(browsers[0]!);
      const make = (browser: Browser, headers: object) => {
        const all = { ...json, origin: platform.url, ...headers };
        return browser.send('POST', '/api/packhouse/v1/tokens', all, JSON.stringify({ name: 'made' }));
      };
      for (const browser of browsers) {
        expect((await make(browser, {})).status).toBe(403);
        expect((await make(browser, { 'x-csrf-token': csrf })).status).toBe(201);
      }
      const out = await browsers[0]!.post('/logout', { csrf }, { origin: platform.url });
      expect(out.status).toBe(303);
      await expect(statuses(onReplicas(home))).resolves.toEqual(onEvery(platform, 401));
    });

    it('ends everywhere at once when its holder ends it from another one', async () => {
      const [here, there] = [await signedIn(), await signedIn()];
      const browsers = onReplicas(there);
      await expect(statuses(browsers)).resolves.toEqual(onEvery(platform, 200));
      const listed = JSON.parse((await there.get('/api/packhouse/v1/sessions')).text) as {
        items: Array<{ id: string; current: boolean }>;
      };
      const id = listed.items.find(({ current }) => current)?.id ?? '';
      const headers = { origin: platform.url, 'x-csrf-token': await csrfOf(here) };
      expect((await here.send('DELETE', `/api/packhouse/v1/sessions/${id}`, headers)).status).toBe(204);
      await expect(statuses(browsers)).resolves.toEqual(onEvery(platform, 401));
    });
  });
});

describe('sessions by https', () => {
  it('are sent with "Secure" and a name of their own where the instance is reached by https', async () => {
    const secure = await startPlatform({
      mode: 'embedded',
      env: { PACKHOUSE_URL: 'https://packages.example.org' },
    });
    try {
      const browser = new Browser(secure.url);
      const answer = await browser.post(
        '/login',
        { login: secure.adminLogin, password: secure.adminPassword },
        { origin: 'https://packages.example.org' },
      );
      expect(answer.status).toBe(303);
      expect(browser.lastCookie).toMatch(/^__Host-packhouse_session=[\w-]{43}; .*; Secure$/);
    } finally {
      await secure.stop();
    }
  }, 120_000);
});
