import { setTimeout as wait } from 'node:timers/promises';
import {
  ConformingFetch,
  removeTemporaryFolders,
  selectModes,
  startPlatform,
  type RunningPlatform,
} from '@packhouse/testing';

jest.setTimeout(60_000);

const limits = {
  PACKHOUSE_RATE_LIMIT_SIGNED_IN: '20',
  PACKHOUSE_RATE_LIMIT_ADDRESS: '15',
  PACKHOUSE_RATE_LIMIT_SECONDS: '8',
  PACKHOUSE_GATEWAY_RATE_LIMIT_SIGNED_IN: '20',
  PACKHOUSE_GATEWAY_RATE_LIMIT_SECONDS: '600',
};

describe.each(selectModes())('rate limits, %s', (mode) => {
  let platform: RunningPlatform;
  let conforming: ConformingFetch;
  const tokens: string[] = [];

  beforeAll(async () => {
    platform = await startPlatform({ mode, env: limits });
    conforming = await ConformingFetch.open(platform.url, { github: true });
    for (let turn = 0; turn < 5; turn += 1)
      tokens.push((await platform.api.createToken({ scopes: ['repo'] })).token);
  }, 240_000);

  afterAll(async () => {
    await platform?.stop();
    removeTemporaryFolders();
  }, 60_000);

  function call(path: string, token: string | null, headers: Record<string, string> = {}): Promise<Response> {
    const authorization: Record<string, string> = token ? { authorization: `token ${token}` } : {};
    return conforming.fetch(`${platform.url}${path}`, { headers: { ...authorization, ...headers } });
  }

  /** What a header of the limit says. */
  function figure(answer: Response, name: string): number {
    return Number(answer.headers.get(`x-ratelimit-${name}`));
  }

  it('are told on every answer, and count down by token', async () => {
    const [one = '', other = ''] = tokens;
    const first = await call('/api/v3/user', one);
    const second = await call('/api/packhouse/v1/user', one);
    expect([figure(first, 'limit'), figure(first, 'used'), figure(first, 'remaining')]).toEqual([20, 1, 19]);
    expect([figure(second, 'used'), figure(second, 'remaining')]).toEqual([2, 18]);
    expect(first.headers.get('x-ratelimit-resource')).toBe('core');
    const left = figure(first, 'reset') - Date.now() / 1000;
    expect(left > 0 && left <= 9).toBe(true);
    expect(figure(await call('/api/v3/user', other), 'used')).toBe(1);
  });

  it('are shown by GET /rate_limit, which is not counted', async () => {
    const token = tokens[2] ?? '';
    await call('/api/v3/user', token);
    for (let turn = 0; turn < 3; turn += 1) {
      const answer = await call('/api/v3/rate_limit', token);
      expect(await answer.json()).toMatchObject({ rate: { limit: 20, used: 1, remaining: 19 } });
    }
  });

  it('do not count who asks whether an answer still holds', async () => {
    const token = tokens[3] ?? '';
    const etag = (await call('/api/v3/meta', token)).headers.get('etag') ?? '';
    for (let turn = 0; turn < 3; turn += 1) {
      const answer = await call('/api/v3/meta', token, { 'if-none-match': etag });
      expect([answer.status, figure(answer, 'used')]).toEqual([304, 1]);
    }
  });

  it('refuse at the limit on every replica, tell when to come again, and let in then', async () => {
    const token = tokens[4] ?? '';
    const statuses: number[] = [];
    for (let turn = 0; turn < 22; turn += 1) statuses.push((await call('/api/v3/user', token)).status);
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 200), 429, 429]);
    const refused = await call('/api/v3/user', token);
    expect(figure(refused, 'remaining')).toBe(0);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds >= 1 && seconds <= 9).toBe(true);
    expect(await refused.json()).toMatchObject({
      message: expect.stringContaining('API rate limit exceeded') as string,
      status: '429',
    });
    await wait(seconds * 1000 + 100);
    expect((await call('/api/v3/user', token)).status).toBe(200);
  });

  it('count package managers apart, in all formats and on all replicas together, and refuse no change', async () => {
    const { token } = await platform.api.createToken({ scopes: ['read:packages', 'write:packages'] });
    const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      fetch(`${platform.url}${path}`, { method, headers: { authorization: `Bearer ${token}`, ...headers } });
    const statuses: number[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      statuses.push((await ask('/_registry/npm/-/whoami')).status);
      statuses.push((await ask('/v2/admin-user/app/tags/list')).status);
    }
    expect(statuses).not.toContain(429);
    const refusals = [
      await ask('/_registry/npm/-/whoami'),
      await ask('/v2/admin-user/app/tags/list'),
      await ask('/v2/admin-user/app/manifests/latest', {}, 'HEAD'),
    ];
    for (const refused of refusals) {
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1);
    }
    const [npm, oci] = refusals;
    expect(await npm?.json()).toMatchObject({
      error: expect.stringMatching(/more than 20 in 600 s/) as string,
    });
    expect(await oci?.json()).toMatchObject({ errors: [{ code: 'TOOMANYREQUESTS' }] });
    const opened = await ask('/v2/admin-user/app/blobs/uploads/', {}, 'POST');
    expect(opened.status).toBe(202);
    const session = opened.headers.get('location') ?? '';
    expect((await ask(session)).status).toBe(204);
    expect((await ask(session, {}, 'DELETE')).status).toBe(204);
    expect((await ask('/v2/')).status).toBe(200);
    expect(figure(await call('/api/v3/user', token), 'used')).toBe(1);
    const other = await platform.api.createToken({ scopes: ['read:packages'] });
    expect((await ask('/_registry/npm/-/whoami', { authorization: `Bearer ${other.token}` })).status).toBe(
      200,
    );
  });

  it('count strangers and wrong credentials by their address, not those who sign in from there', async () => {
    await wait(8100);
    const statuses: number[] = [];
    for (let turn = 0; turn < 8; turn += 1) statuses.push((await call('/api/v3/meta', null)).status);
    for (let turn = 0; turn < 8; turn += 1) statuses.push((await call('/api/v3/user', 'pkh_wrong')).status);
    expect(statuses.slice(0, 8).every((status) => status === 200)).toBe(true);
    expect(statuses.slice(8, 15).every((status) => status === 401)).toBe(true);
    expect(statuses[15]).toBe(429);
    expect((await call('/api/v3/meta', null)).status).toBe(429);
    expect((await call('/api/v3/user', tokens[0] ?? '')).status).toBe(200);
  });
});

describe('rate limits that are switched off', () => {
  it('neither show nor refuse', async () => {
    const env = { ...limits, PACKHOUSE_RATE_LIMITS: 'off', PACKHOUSE_RATE_LIMIT_ADDRESS: '1' };
    const platform = await startPlatform({ mode: 'embedded', env });
    try {
      for (let turn = 0; turn < 3; turn += 1) {
        const answer = await fetch(`${platform.url}/api/v3/meta`);
        expect([answer.status, answer.headers.get('x-ratelimit-limit')]).toEqual([200, null]);
      }
      expect((await fetch(`${platform.url}/api/v3/rate_limit`)).status).toBe(404);
    } finally {
      await platform.stop();
      removeTemporaryFolders();
    }
  }, 120_000);
});
