import {
  ConformingFetch,
  removeTemporaryFolders,
  startPlatform,
  type RunningPlatform,
} from '@packhouse/testing';

describe('the frame of the management APIs', () => {
  let platform: RunningPlatform;
  let conforming: ConformingFetch;
  let admin: string;

  beforeAll(async () => {
    platform = await startPlatform({ mode: 'embedded' });
    conforming = await ConformingFetch.open(platform.url, { github: true });
    const text = `${platform.adminLogin}:${platform.adminPassword}`;
    admin = `Basic ${Buffer.from(text).toString('base64')}`;
  }, 120_000);

  afterAll(async () => {
    await platform?.stop();
    removeTemporaryFolders();
  }, 60_000);

  function call(
    path: string,
    init: RequestInit & { headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const headers = { authorization: admin, ...init.headers };
    return conforming.fetch(`${platform.url}${path}`, { ...init, headers });
  }

  it('shows who one is in the shape of GitHub, with its headers', async () => {
    const answer = await call('/api/v3/user');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ login: platform.adminLogin, type: 'User', site_admin: true });
    expect(answer.headers.get('x-github-request-id')).toBe(answer.headers.get('x-request-id'));
    expect(answer.headers.get('x-github-request-id')).toMatch(/\S{8,}/);
    expect(answer.headers.get('x-github-media-type')).toBe('github.v3; format=json');
    expect(answer.headers.get('x-oauth-scopes')).toBeNull();
  });

  it('names the scopes of a classic token', async () => {
    const { token } = await platform.api.createToken({ scopes: ['read:packages', 'read:org'] });
    const answer = await call('/api/v3/user', { headers: { authorization: `token ${token}` } });
    expect(answer.headers.get('x-oauth-scopes')).toBe('read:packages, read:org');
    const refused = await call('/api/packhouse/v1/organizations', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ login: 'never' }),
    });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('x-accepted-oauth-scopes')).toBe('admin:org');
    expect(await refused.json()).toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('admin:org') as string,
    });
  });

  it('answers 304 to who has the answer already, and takes HEAD', async () => {
    const first = await call('/api/v3/user');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/"[0-9a-f]{40}"$/);
    const again = await call('/api/v3/user', { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect(again.headers.get('etag')).toBe(etag);
    const other = await call('/api/v3/user', { headers: { 'if-none-match': 'W/"else"' } });
    expect(other.status).toBe(200);
    const head = await call('/api/v3/user', { method: 'HEAD' });
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, etag, '']);
  });

  it('dresses failures as GitHub does below /api/v3, and in its own shape elsewhere', async () => {
    const stranger = await fetch(`${platform.url}/api/v3/user`);
    expect(stranger.status).toBe(401);
    expect(await stranger.json()).toEqual({
      message: 'Requires authentication',
      documentation_url: expect.stringContaining('https://docs.github.com/rest') as string,
      status: '401',
    });
    const wrong = await call('/api/v3/user', { headers: { authorization: 'Bearer pkh_nothing' } });
    expect(wrong.status).toBe(401);
    expect(((await wrong.json()) as { message: string }).message).toMatch(/^Bad credentials/);
    const unknown = await call('/api/v3/no/such/route');
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get('x-github-request-id')).toBeTruthy();
    expect(await unknown.json()).toMatchObject({
      message: expect.stringMatching(/^Not Found/) as string,
      status: '404',
    });
    const own = await call('/api/packhouse/v1/users/nobody-here');
    expect(await own.json()).toMatchObject({ code: 'not_found', requestId: expect.any(String) as string });
  });

  it('refuses bodies that are not JSON, do not fit or are too large', async () => {
    const post = (body: string) => call('/api/packhouse/v1/organizations', { method: 'POST', body });
    const broken = await post('{"login":');
    expect(broken.status).toBe(400);
    const wrong = await post('{"login":7}');
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ resource: 'Organization', field: 'login', code: 'invalid' }],
    });
    const missing = await post('');
    expect(await missing.json()).toMatchObject({ errors: [{ field: 'login', code: 'missing_field' }] });
    const large = await post(JSON.stringify({ login: 'x'.repeat(200_000) }));
    expect(large.status).toBe(413);
  });

  it('describes itself, and begins at its root with and without a slash', async () => {
    for (const path of ['/api/v3', '/api/v3/']) {
      const root = await call(path);
      expect(await root.json()).toMatchObject({ current_user_url: `${platform.url}/api/v3/user` });
    }
    const meta = await call('/api/v3/meta');
    expect(await meta.json()).toMatchObject({ installed_version: '3.17.0' });
    const document = (await (await call('/api/v3/openapi.json')).json()) as { openapi: string };
    expect(document.openapi).toBe('3.1.0');
    expect(conforming.operationsOf('/api/packhouse/v1')).toContain('POST /users/{login}/tokens');
  });
});
