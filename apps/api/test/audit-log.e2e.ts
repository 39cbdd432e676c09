import {
  buildPackage,
  ConformingFetch,
  makeTemporaryFolder,
  NpmClient,
  PlatformApi,
  putVersion,
  removeTemporaryFolders,
  selectModes,
  startPlatform,
  waitUntil,
  type RunningPlatform,
} from '@packhouse/testing';

jest.setTimeout(60_000);

interface Entry {
  readonly id: string;
  readonly action: string;
  readonly actor: string | null;
  readonly tokenId: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
  readonly owner: string | null;
  readonly package: string | null;
  readonly version: string | null;
  readonly data: Record<string, unknown>;
}
interface Page {
  readonly items: Entry[];
  readonly after: string | null;
}

const password = 'a long password for tests';

describe.each(selectModes())('the audit log, %s', (mode) => {
  let platform: RunningPlatform;
  let conforming: ConformingFetch;
  let olga: PlatformApi;
  let mallory: PlatformApi;
  let ownerToken: { id: string; token: string };

  beforeAll(async () => {
    platform = await startPlatform({ mode });
    conforming = await ConformingFetch.open(platform.url, { github: true });
    for (const login of ['olga', 'mallory', 'mike']) await platform.api.createUser(login, password);
    olga = PlatformApi.withPassword(platform.url, 'olga', password);
    mallory = PlatformApi.withPassword(platform.url, 'mallory', password);
    await olga.createOrganization('acme');
    ownerToken = await olga.createToken({
      scopes: ['read:packages', 'write:packages', 'delete:packages', 'admin:org', 'read:audit_log'],
    });
  }, 240_000);

  afterAll(async () => {
    await platform?.stop();
    removeTemporaryFolders();
  }, 60_000);

  function read(path: string, authorization: string): Promise<Response> {
    return conforming.fetch(`${platform.url}${path}`, { headers: { authorization } });
  }

  const basic = (login: string, secret: string) =>
    `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`;
  const asAdmin = () => basic(platform.adminLogin, platform.adminPassword);
  const asOlga = () => `Bearer ${ownerToken.token}`;

  async function list(query: string): Promise<Entry[]> {
    const answer = await read(`/api/packhouse/v1/audit-log?${query}`, asAdmin());
    return ((await answer.json()) as Page).items;
  }

  /** Events are told after the answer of what they report. */
  async function find(query: string): Promise<Entry> {
    await waitUntil(`the log has ${query}`, async () => (await list(query)).length > 0, { seconds: 20 });
    return (await list(query))[0] as Entry;
  }

  it('tells who published and deleted, with token, address and request', async () => {
    const registry = `${platform.url}/_registry/npm`;
    const built = await buildPackage({ name: '@acme/tool', version: '1.0.0' });
    const published = await putVersion(registry, ownerToken.token, built);
    expect(published.status).toBe(201);
    const entry = await find('action=packages.package_version_published');
    expect(entry).toMatchObject({
      actor: 'olga',
      tokenId: ownerToken.id,
      address: '127.0.0.1',
      owner: 'acme',
      package: '@acme/tool',
      version: '1.0.0',
    });
    expect(entry.requestId).toMatch(/\S{6,}/);
    expect(await find('action=packages.package_published')).toMatchObject({ package: '@acme/tool' });
    const document = (await (
      await fetch(`${registry}/@acme%2ftool?write=true`, { headers: { authorization: asOlga() } })
    ).json()) as { _rev: string };
    const removed = await fetch(`${registry}/@acme%2ftool/-rev/${document._rev}`, {
      method: 'DELETE',
      headers: { authorization: asOlga() },
    });
    expect(removed.ok).toBe(true);
    expect(await find('action=packages.package_deleted')).toMatchObject({
      actor: 'olga',
      package: '@acme/tool',
    });
  });

  it('tells changes of members, accounts and tokens', async () => {
    await olga.setMember('acme', 'mike', 'member');
    expect(await find('action=org.add_member&owner=acme&phrase=olga')).toMatchObject({
      actor: 'olga',
      owner: 'acme',
    });
    await olga.setMember('acme', 'mike', 'owner');
    expect(await find('action=org.update_member&owner=acme')).toMatchObject({
      data: { user: 'mike', role: 'owner' },
    });
    await olga.call('DELETE', '/organizations/acme/members/mike');
    expect(await find('action=org.remove_member&owner=acme')).toMatchObject({ data: { user: 'mike' } });
    const token = await olga.createToken({ name: 'to be revoked' });
    const created = await find(`action=personal_access_token.create&phrase=olga`);
    expect(created.actor).toBe('olga');
    await olga.revokeToken(token.id);
    expect((await find('action=personal_access_token.destroy')).data).toMatchObject({ tokenId: token.id });
    expect(await find('action=user.create&phrase=mallory')).toMatchObject({ actor: platform.adminLogin });
  });

  it('tells changes of visibility, policies and teams, and what was so before', async () => {
    const registry = `${platform.url}/_registry/npm`;
    const built = await buildPackage({ name: '@acme/seen', version: '1.0.0' });
    expect((await putVersion(registry, ownerToken.token, built)).status).toBe(201);
    const opened = await fetch(`${registry}/-/package/@acme%2fseen/access`, {
      method: 'POST',
      headers: { authorization: asOlga(), 'content-type': 'application/json' },
      body: JSON.stringify({ access: 'public' }),
    });
    expect(opened.status).toBe(200);
    expect(await find('action=packages.visibility_changed&package=@acme/seen')).toMatchObject({
      actor: 'olga',
      tokenId: ownerToken.id,
      before: { visibility: 'private' },
      data: { visibility: 'public' },
    });
    await olga.call('PATCH', '/organizations/acme/policy', { createPublic: false });
    expect(await find('action=org.update_package_policy&owner=acme')).toMatchObject({
      data: { policy: { createPublic: false } },
    });
    const team = await conforming.fetch(`${platform.url}/api/v3/orgs/acme/teams`, {
      method: 'POST',
      headers: { authorization: asOlga() },
      body: JSON.stringify({ name: 'Readers' }),
    });
    expect(team.status).toBe(201);
    expect(await find('action=team.create&owner=acme')).toMatchObject({
      actor: 'olga',
      data: { slug: 'readers' },
    });
  });

  it('tells who downloads with a real npm where the organization wants that, and nothing before or after', async () => {
    const registry = `${platform.url}/_registry/npm`;
    const built = await buildPackage({ name: '@acme/audited', version: '2.0.0' });
    expect((await putVersion(registry, ownerToken.token, built)).status).toBe(201);
    const install = async (): Promise<void> => {
      const npm = new NpmClient('npm-10', { registry, token: ownerToken.token });
      await npm.install(makeTemporaryFolder('audited'), ['@acme/audited@2.0.0']);
    };
    const policy = (auditReads: string) => olga.call('PATCH', '/organizations/acme/policy', { auditReads });
    await install();
    await policy('downloads');
    await install();
    const download = 'action=packages.package_version_downloaded&package=@acme/audited';
    expect(await find(download)).toMatchObject({
      ...{ actor: 'olga', tokenId: ownerToken.id, address: '127.0.0.1', owner: 'acme', version: '2.0.0' },
      data: { file: 'audited-2.0.0.tgz' },
    });
    expect((await find(download)).requestId).toMatch(/\S{6,}/);
    expect(await list('action=packages.package_read')).toEqual([]);
    await policy('all');
    const anonymous = await fetch(`${registry}/@acme%2faudited`);
    expect(anonymous.status).toBe(401);
    await install();
    expect(await find('action=packages.package_read&package=@acme/audited')).toMatchObject({ actor: 'olga' });
    await policy('off');
    await install();
    await waitUntil('two downloads', async () => (await list(download)).length >= 2, { seconds: 20 });
    // What was read later would be told by now.
    await olga.createToken({ name: 'told after the reads' });
    await find('action=personal_access_token.create&actor=olga');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await list(download)).toHaveLength(2);
  });

  it('is read by site administrators and by owners of the organization, by nobody else', async () => {
    expect((await read('/api/packhouse/v1/audit-log?owner=acme', asOlga())).status).toBe(200);
    expect((await read('/api/packhouse/v1/audit-log', asOlga())).status).toBe(403);
    const stranger = basic('mallory', password);
    expect((await read('/api/packhouse/v1/audit-log?owner=acme', stranger)).status).toBe(403);
    expect((await read('/api/packhouse/v1/audit-log?owner=olga', stranger)).status).toBe(404);
    expect((await read('/api/packhouse/v1/audit-log?owner=mallory', stranger)).status).toBe(200);
    expect((await read('/api/v3/orgs/acme/audit-log', stranger)).status).toBe(403);
    expect((await fetch(`${platform.url}/api/packhouse/v1/audit-log`)).status).toBe(401);
    const narrow = await olga.createToken({ scopes: ['read:packages'] });
    const refused = await read('/api/packhouse/v1/audit-log?owner=acme', `Bearer ${narrow.token}`);
    expect(refused.status).toBe(403);
    expect(((await refused.json()) as { message: string }).message).toContain('read:audit_log');
    await mallory.createToken();
  });

  it('is listed in the shape of GitHub, with phrases and pages by Link', async () => {
    const answer = await read('/api/v3/orgs/acme/audit-log?phrase=actor:olga&per_page=2', asOlga());
    expect(answer.status).toBe(200);
    const first = (await answer.json()) as { _document_id: string; org: string; actor: string }[];
    expect(first).toHaveLength(2);
    for (const event of first) expect(event).toMatchObject({ org: 'acme', actor: 'olga' });
    const next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1] ?? '';
    expect(next.startsWith(`${platform.url}/api/v3/orgs/acme/audit-log?`)).toBe(true);
    expect(next).toContain('phrase=actor');
    const second = (await (await read(next.slice(platform.url.length), asOlga())).json()) as typeof first;
    expect(second.length).toBeGreaterThan(0);
    expect(second.map((event) => event._document_id)).not.toEqual(
      expect.arrayContaining([first[0]?._document_id]),
    );
    const none = await read('/api/v3/orgs/acme/audit-log?include=git', asOlga());
    expect(await none.json()).toEqual([]);
    expect((await read('/api/v3/orgs/acme/audit-log?order=sideways', asOlga())).status).toBe(422);
  });

  it('is exported as JSON lines, each an entry, without secrets', async () => {
    const answer = await read('/api/packhouse/v1/audit-log/export', asAdmin());
    expect(answer.headers.get('content-type')).toContain('application/x-ndjson');
    const text = await answer.text();
    const entries = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry);
    expect(entries.length).toBeGreaterThan(8);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    expect(text).not.toContain(password);
    expect(text).not.toContain(ownerToken.token);
    const head = await fetch(`${platform.url}/api/packhouse/v1/audit-log/export`, {
      method: 'HEAD',
      headers: { authorization: asAdmin() },
    });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });
});
