import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { buildPackage, NpmClient, PlatformApi, writePackage, writeProject } from '@packhouse/testing';
import { Client } from 'pg';
import { PackagesWorld, type Person, type Shown } from './support/packages-world';

jest.setTimeout(240_000);

const type = { package_type: 'npm' };
const org = 'acme';
const MAX_TARBALL = 200_000;

/** Rows of the specification's section 12, by their numbers, that no other suite has. */
describe('acceptance', () => {
  let postgres: ScratchPostgres;
  let sql: Client;
  let world: PackagesWorld;

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    const url = await postgres.createDatabase();
    const limits = { PACKHOUSE_NPM_MAX_TARBALL: String(MAX_TARBALL) };
    world = await PackagesWorld.start({ PACKHOUSE_DATABASE_URL: url, ...limits });
    sql = new Client({ connectionString: url });
    await sql.connect();
    await world.ann.api.call('POST', '/repositories', { owner: org, name: 'app' });
    await world.ann.octokit.send('orgs.update', { org, default_repository_permission: 'none' });
    await collaborate('bob', 'push');
    await collaborate('eve', 'pull');
  });
  afterAll(async () => {
    await sql?.end();
    await world?.stop();
    await postgres?.stop();
  });

  const collaborate = (username: string, permission: string): Promise<unknown> =>
    world.ann.octokit.send('repos.addCollaborator', { owner: org, repo: 'app', username, permission });
  const linked = (): { repository: string } => ({ repository: `${world.platform.url}/acme/app` });
  const read = async (name: string, token: string | null): Promise<number> =>
    (await world.registry(name.replace('/', '%2f'), token)).status;

  /** A version as npm sends it; gives status and words. */
  async function put(
    token: string,
    name: string,
    version: string,
    { access, ...manifest }: { access?: 'public' | 'restricted'; repository?: string } = {},
  ): Promise<{ status: number; text: string }> {
    const built = await buildPackage({ name, version, manifest });
    const answer = await world.registry(name.replace('/', '%2f'), token, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: built.document(`${world.platform.url}/_registry/npm`, { access }),
    });
    return { status: answer.status, text: await answer.text() };
  }
  const at = (name: string, path = ''): string =>
    `/packages/acme/npm/${encodeURIComponent(`@acme/${name}`)}${path}`;
  const npmAs = ({ token }: Person): NpmClient =>
    new NpmClient('npm-11', { registry: `${world.platform.url}/_registry/npm`, scopes: ['@acme'], token });

  it('1 and 2: a package linked by its manifest inherits, and is not published twice', async () => {
    const folder = writePackage({ name: '@acme/lib', version: '1.0.0', manifest: linked() });
    await npmAs(world.bob).publish(folder);
    const target = { org, ...type, package_name: 'lib' };
    await expect(
      world.ann.octokit.call<Shown>('packages.getPackageForOrganization', target),
    ).resolves.toMatchObject({
      ...{ visibility: 'private', repository: { full_name: 'acme/app' } },
    });
    const project = writeProject();
    await npmAs(world.eve).install(project, ['@acme/lib@1.0.0']);
    const before = Buffer.from(
      await (await world.tarball('@acme/lib', '1.0.0', world.eve.token)).arrayBuffer(),
    );
    const again = await put(world.bob.token, '@acme/lib', '1.0.0', linked());
    expect(again).toEqual({ status: 409, text: expect.stringMatching(/publish over/i) as string });
    const after = Buffer.from(
      await (await world.tarball('@acme/lib', '1.0.0', world.eve.token)).arrayBuffer(),
    );
    expect(after.equals(before)).toBe(true);
  });

  it('3 and 4: a name without scope is refused with the rule, a scope of nobody as not found', async () => {
    const bare = await put(world.bob.token, 'lib', '1.0.0');
    expect([bare.status >= 400 && bare.status < 500, bare.text]).toEqual([
      true,
      expect.stringContaining('@'),
    ]);
    const nobodys = await put(world.bob.token, '@nobody-here/lib', '1.0.0');
    expect(nobodys).toEqual({
      status: 403,
      text: expect.stringContaining('not_found: owner not found') as string,
    });
  });

  it('5: a tarball of the limit or more is refused, and nothing of it is stored', async () => {
    const name = '@acme/huge';
    const noise = Array.from({ length: MAX_TARBALL }, () => Math.floor(Math.random() * 36).toString(36)).join(
      '',
    );
    const built = await buildPackage({ name, version: '1.0.0', files: { 'noise.txt': noise + noise } });
    const answer = await world.registry('@acme%2fhuge', world.ann.token, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: built.document(`${world.platform.url}/_registry/npm`, {}),
    });
    expect([answer.status, await answer.text()]).toEqual([413, expect.stringMatching(/large|limit/i)]);
    expect(await read(name, world.ann.token)).toBe(404);
    const { rows } = await sql.query('SELECT 1 FROM metadata.package WHERE name = $1', [name]);
    expect(rows).toEqual([]);
  });

  it('6: tags are added, listed and installed by', async () => {
    for (const version of ['1.0.0', '1.1.0']) await put(world.bob.token, '@acme/tagged', version);
    const npm = npmAs(world.bob);
    await npm.run(['dist-tag', 'add', '@acme/tagged@1.0.0', 'stable']);
    const { stdout } = await npm.run(['view', '@acme/tagged', 'dist-tags', '--json']);
    expect(JSON.parse(stdout)).toEqual({ latest: '1.1.0', stable: '1.0.0' });
    const project = writeProject();
    const installed = await npm.run(['install', '--no-audit', '--json', '@acme/tagged@stable'], {
      cwd: project,
    });
    expect(installed.stdout).not.toBe('');
    expect((await npm.run(['ls', '@acme/tagged', '--json'], { cwd: project })).stdout).toContain('"1.0.0"');
  });

  it('7: the legacy sign-in takes a token as password', async () => {
    const answer = await world.registry('-/user/org.couchdb.user:bob', null, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'bob', password: world.bob.token, type: 'user' }),
    });
    const { token } = (await answer.json()) as { token: string };
    expect(answer.status).toBe(201);
    const who = await world.registry('-/whoami', token);
    expect(await who.json()).toEqual({ username: 'bob' });
    expect(await read('@acme/lib', token)).toBe(200);
  });

  it('25 and 26: an upload without the scope, or with the role read only, says which is missing', async () => {
    await put(world.ann.token, '@acme/rights', '1.0.0');
    await world.ann.api.call('PUT', at('rights', '/access/people/bob'), { role: 'read' });
    const { token } = await world.bob.api.createToken({ scopes: ['read:packages'] });
    for (const name of ['@acme/rights', '@acme/free-name'])
      expect(await put(token, name, '2.0.0')).toEqual({
        status: 403,
        text: expect.stringContaining('The token provided does not match expected scopes') as string,
      });
    expect(await put(world.bob.token, '@acme/rights', '2.0.0')).toEqual({
      status: 403,
      text: expect.stringContaining('permission_denied: write_package') as string,
    });
  });

  it('32: a version that an admin deleted is not installed any more, and the log tells who did it', async () => {
    for (const version of ['1.0.0', '2.0.0']) await put(world.ann.token, '@acme/gone', version);
    const target = { org, ...type, package_name: 'gone' };
    const remover = await world.withScopes(world.ann, ['read:packages', 'delete:packages']);
    const method = 'packages.getAllPackageVersionsForPackageOwnedByOrg';
    const [latest] = await remover.call<Shown[]>(method, target);
    const version = { ...target, package_version_id: latest!.id };
    expect(await remover.statusOf('packages.deletePackageVersionForOrg', version)).toBe(204);
    expect((await world.tarball('@acme/gone', '2.0.0', world.ann.token)).status).toBe(404);
    await expect(npmAs(world.ann).install(writeProject(), ['@acme/gone@2.0.0'])).rejects.toThrow(/2\.0\.0/);
    const { token } = await world.ann.api.createToken({ scopes: ['read:audit_log'] });
    const log = PlatformApi.withToken(world.platform.url, token);
    const listed = (): Promise<unknown> =>
      log.call('GET', '/audit-log?owner=acme&package=@acme/gone&action=packages.package_version_deleted');
    await expectSoon(listed, /package_version_deleted/);
    expect(JSON.stringify(await listed())).toContain('"ann"');
  });

  it('35: a package is restored 29 days after its deletion, and not after 31', async () => {
    const restorer = await world.withScopes(world.ann, ['read:packages', 'write:packages']);
    for (const [name, days, status] of [
      ['kept-29', 29, 204],
      ['kept-31', 31, 404],
    ] as const) {
      await put(world.ann.token, `@acme/${name}`, '1.0.0');
      const target = { org, ...type, package_name: name };
      await world.ann.octokit.send('packages.deletePackageForOrg', target);
      const aged = `removed_at = removed_at - $2 * interval '1 day' WHERE removed_at IS NOT NULL`;
      await sql.query(
        `UPDATE metadata.version SET ${aged} AND package_id = (SELECT id FROM metadata.package WHERE name = $1)`,
        [...[`@acme/${name}`, days]],
      );
      await sql.query(`UPDATE metadata.package SET ${aged} AND name = $1`, [`@acme/${name}`, days]);
      expect([name, await restorer.statusOf('packages.restorePackageForOrg', target)]).toEqual([
        name,
        status,
      ]);
    }
  });

  it('39: without default inheritance a new linked package has access of its own; others stay as they are', async () => {
    await world.ann.api.call('PATCH', '/organizations/acme/policy', { inheritByDefault: false });
    await put(world.bob.token, '@acme/later', '1.0.0', linked());
    await expect(world.ann.api.call('GET', at('later'))).resolves.toMatchObject({
      ...{ repository: 'app', inheritsAccess: false },
    });
    await expect(world.ann.api.call('GET', at('lib'))).resolves.toMatchObject({ inheritsAccess: true });
    expect([await read('@acme/later', world.eve.token), await read('@acme/lib', world.eve.token)]).toEqual([
      404, 200,
    ]);
    await world.ann.api.call('PATCH', '/organizations/acme/policy', { inheritByDefault: true });
  });

  it('40: where members create private and internal packages only, none of theirs becomes public', async () => {
    await world.ann.api.call('PATCH', '/organizations/acme/policy', { createPublic: false });
    expect((await put(world.bob.token, '@acme/modest', '1.0.0')).status).toBe(201);
    const refused = await put(world.bob.token, '@acme/loud', '1.0.0', { access: 'public' });
    expect(refused).toEqual({ status: 403, text: expect.stringContaining('private') as string });
    const bobs = (visibility: string): Promise<unknown> =>
      world.bob.api.call('PUT', at('modest', '/visibility'), { visibility });
    await expect(bobs('public')).rejects.toMatchObject({ status: 403 });
    await expect(bobs('internal')).resolves.toMatchObject({ visibility: 'internal' });
    await world.ann.api.call('PATCH', '/organizations/acme/policy', { createPublic: true });
  });

  it('41: internal packages are read in the whole enterprise, and by nobody else', async () => {
    const { api } = world.platform;
    await world.eve.api.createOrganization('beta');
    await api.call('POST', '/enterprises', { slug: 'corp' });
    await put(world.ann.token, '@acme/inner', '1.0.0');
    await world.ann.api.call('PUT', at('inner', '/visibility'), { visibility: 'internal' });
    expect(await read('@acme/inner', world.eve.token)).toBe(404);
    for (const one of ['acme', 'beta']) await api.call('PUT', `/enterprises/corp/organizations/${one}`);
    expect(await read('@acme/inner', world.eve.token)).toBe(200);
    await api.call('DELETE', '/enterprises/corp/organizations/beta');
    expect(await read('@acme/inner', world.eve.token)).toBe(404);
  });

  it('43: what a workflow publishes first is linked, inherits, and is its repository’s admins’ to administer', async () => {
    const job = { role: 'write' };
    const made = await world.ann.api.call('POST', '/repositories/acme/app/workflow-tokens', job);
    expect((await put((made as { token: string }).token, '@acme/built', '1.0.0')).status).toBe(201);
    await collaborate('eve', 'admin');
    await expect(world.eve.api.call('GET', at('built'))).resolves.toMatchObject({
      ...{ repository: 'app', inheritsAccess: true, visibility: 'private' },
    });
    await expect(world.eve.api.call('GET', at('built', '/access'))).resolves.toMatchObject({
      inheritsAccess: true,
    });
    await collaborate('eve', 'pull');
    await expect(world.eve.api.call('GET', at('built', '/access'))).rejects.toMatchObject({ status: 403 });
  });

  it('59: a format that is read-only is installed from, and takes nothing', async () => {
    const { api } = world.platform;
    await api.call('PUT', '/format-policies/npm', { state: 'read-only' });
    await npmAs(world.eve).install(writeProject(), ['@acme/lib@1.0.0']);
    expect(await put(world.bob.token, '@acme/lib', '2.0.0', linked())).toEqual({
      status: 403,
      text: expect.stringContaining('read-only') as string,
    });
    await api.call('PUT', '/format-policies/npm', { state: 'enabled' });
    expect((await put(world.bob.token, '@acme/lib', '2.0.0', linked())).status).toBe(201);
  });
});

/** Waits until an answer says it. */
async function expectSoon(ask: () => Promise<unknown>, words: RegExp): Promise<void> {
  for (let time = 0; time < 50; time += 1) {
    if (words.test(JSON.stringify(await ask()))) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`It never said ${String(words)}: ${JSON.stringify(await ask())}`);
}
