import { hashToken } from '@packhouse/kernel';
import { PlatformApi } from '@packhouse/testing';
import { expectRefusal, HttpRegistry, type Answer, type Person } from './support/http-registry';

jest.setTimeout(120_000);

let registry: HttpRegistry;
let ann: Person;
let bob: Person;
let eve: Person;
/** Ann with her password: what tokens of packages do not reach. */
let anna: PlatformApi;

beforeAll(async () => {
  registry = await HttpRegistry.start();
  ann = await registry.createUser('ann', ['acme']);
  bob = await registry.createUser('bob');
  eve = await registry.createUser('eve');
  anna = ann.api;
  await anna.setMember('acme', 'bob', 'member');
  for (const name of ['app', 'other', 'open'])
    await anna.call('POST', '/repositories', {
      ...{ owner: 'acme', name, visibility: name === 'open' ? 'public' : 'private' },
    });
});

afterAll(() => registry?.stop());
afterEach(() => registry.expectUnharmed());

interface Why {
  readonly allowed: boolean;
  readonly code: string;
  readonly sentence: string;
  readonly facts: ReadonlyArray<{ name: string; value: string }>;
  readonly steps: ReadonlyArray<{ name: string; passed: boolean; sentence: string }>;
}

const why = async (name: string, query: Record<string, string> = {}, api = anna): Promise<Why> => {
  const owner = name.slice(1).split('/')[0]!;
  const parameters = new URLSearchParams({ owner, format: 'npm', package: name, ...query });
  return (await api.call('GET', `/why?${parameters.toString()}`)) as Why;
};
const factOf = ({ facts }: Why, name: string): string | undefined =>
  facts.find((fact) => fact.name === name)?.value;
const inRepository = (full: string): object => ({
  repository: { type: 'git', url: `git+${registry.platform.url}/${full}.git` },
});
const publish = (person: Pick<Person, 'token'>, name: string, more: object = {}): Promise<Answer> =>
  registry.publish(person, { name, manifest: { ...more } });
const workflowToken = async (repository: string, role: 'read' | 'write'): Promise<{ token: string }> => {
  const path = `/repositories/acme/${repository}/workflow-tokens`;
  const { token } = (await anna.call('POST', path, { role })) as { token: string };
  return { token };
};
const collaborator = async (login: string, permission: string): Promise<void> => {
  const answer = await fetch(`${registry.platform.url}/api/v3/repos/acme/app/collaborators/${login}`, {
    method: 'PUT',
    headers: {
      authorization: `Basic ${Buffer.from(`ann:${ann.password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ permission }),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
};

describe('a package that names a repository', () => {
  it('is not linked to one to which its publisher may not write, and npm says so', async () => {
    const answer = await publish(bob, '@acme/unlinked', inRepository('acme/app'));
    expect(answer.status).toBe(201);
    expect(answer.headers['npm-notice']).toMatch(/not linked to "acme\/app"/);
    const absent = await publish(bob, '@acme/unlinked-too', inRepository('acme/nothing-here'));
    expect(absent.headers['npm-notice']).toBe(
      String(answer.headers['npm-notice']).replace('acme/app', 'acme/nothing-here'),
    );
    expect(factOf(await why('@acme/unlinked'), 'linked repository')).toBe('none');
    expect((await registry.call('/@acme%2funlinked', { token: bob.token })).status).toBe(200);
  });

  it('is linked where its publisher may write, and has the access of the repository', async () => {
    await collaborator('bob', 'push');
    await collaborator('eve', 'pull');
    const answer = await publish(bob, '@acme/lib', inRepository('acme/app'));
    expect([answer.status, answer.headers['npm-notice']]).toEqual([201, undefined]);
    const explained = await why('@acme/lib', { account: 'bob', action: 'write' });
    expect(factOf(explained, 'inherits access')).toBe('true');
    expect(factOf(explained, 'role on the repository')).toBe('write');
    expect(explained).toMatchObject({ allowed: true, code: 'allowed' });
    expect((await registry.call('/@acme%2flib', { token: eve.token })).status).toBe(200);
    expectRefusal(
      await registry.publish(eve, { name: '@acme/lib', version: '2.0.0' }),
      403,
      /lacks the role "write" on the repository.*permission_denied: write_package/,
    );
    // Its publisher has no grant of its own: who administers the repository administers the package.
    expectRefusal(
      await registry.call('/-/package/@acme/lib/access', { method: 'POST', token: bob.token }),
      403,
    );
  });

  it('keeps its own access where the organization turned inheriting off', async () => {
    await anna.call('PATCH', '/organizations/acme/policy', { inheritByDefault: false });
    await publish(bob, '@acme/apart', inRepository('acme/app'));
    const explained = await why('@acme/apart', { account: 'bob', action: 'admin' });
    expect(factOf(explained, 'linked repository')).not.toBe('none');
    expect(factOf(explained, 'inherits access')).toBe('false');
    expect(explained.allowed).toBe(true);
    expectRefusal(await registry.call('/@acme%2fapart', { token: eve.token }), 404);
    await anna.call('PATCH', '/organizations/acme/policy', { inheritByDefault: true });
  });
});

describe('a workflow', () => {
  it('publishes into its repository: linked, inheriting, as visible as the repository, its own to delete', async () => {
    const job = await workflowToken('app', 'write');
    const answer = await publish(job, '@acme/by-job', { ...inRepository('acme/other') });
    expect(answer.status).toBe(201);
    const explained = await why('@acme/by-job', { token_hash: hashToken(job.token), action: 'delete' });
    expect(explained).toMatchObject({ allowed: true });
    expect(factOf(explained, 'package')).toBe('@acme/by-job, private');
    expect(factOf(explained, 'linked repository')).toBe(factOf(explained, 'workflow of repository'));
    expect((await registry.call('/@acme%2fby-job', { token: bob.token })).status).toBe(200);
    const open = await workflowToken('open', 'write');
    expect((await publish(open, '@acme/in-the-open')).status).toBe(201);
    expect((await registry.call('/@acme%2fin-the-open')).status).toBe(200);
  });

  it('of another repository sees nothing of it, and one that asked to read cannot publish', async () => {
    const other = await workflowToken('other', 'write');
    expectRefusal(await registry.call('/@acme%2fby-job', { token: other.token }), 404);
    const reader = await workflowToken('app', 'read');
    expect((await registry.call('/@acme%2fby-job', { token: reader.token })).status).toBe(200);
    expectRefusal(
      await registry.publish(reader, { name: '@acme/by-job', version: '2.0.0' }),
      403,
      /asked for "packages: read" only/,
    );
  });
});

describe('what members may create', () => {
  it('is said by the organization', async () => {
    await anna.call('PATCH', '/organizations/acme/policy', { createPublic: false });
    expectRefusal(
      await registry.publish(bob, { name: '@acme/shown', access: 'public' }),
      403,
      /Members of "acme" may create only .*not a public one.*permission_denied/,
    );
    expect((await registry.publish(bob, { name: '@acme/kept' })).status).toBe(201);
    expect((await registry.publish(ann, { name: '@acme/shown', access: 'public' })).status).toBe(201);
    await anna.call('PATCH', '/organizations/acme/policy', { createPrivate: false, createPublic: true });
    expect((await registry.publish(bob, { name: '@acme/shown-by-bob', access: 'public' })).status).toBe(201);
    expectRefusal(await registry.publish(bob, { name: '@acme/hidden-by-bob' }), 403, /not a private one/);
    await anna.call('PATCH', '/organizations/acme/policy', { createPrivate: true });
  });
});

describe('a format', () => {
  const set = (state: string): Promise<unknown> =>
    registry.platform.api.call('PUT', '/format-policies/npm', { state });

  it('can be made read-only and switched off, and who has no right hears nothing of it', async () => {
    await set('read-only');
    expect((await registry.call('/@acme%2fkept', { token: bob.token })).status).toBe(200);
    expectRefusal(await registry.publish(bob, { name: '@acme/kept', version: '2.0.0' }), 403, /is read-only/);
    await set('disabled');
    expectRefusal(await registry.call('/@acme%2fkept', { token: bob.token }), 403, /is disabled/);
    expectRefusal(await registry.call('/@acme%2fkept', { token: eve.token }), 404, /no package/);
    await set('enabled');
    expect((await registry.publish(bob, { name: '@acme/kept', version: '2.0.0' })).status).toBe(201);
  });
});

describe('the explanation of a decision', () => {
  it('names what is missing, in the order in which it is looked at', async () => {
    const explained = await why('@acme/kept', { account: 'eve' });
    expect(explained).toMatchObject({ allowed: false, code: 'not_found' });
    expect(explained.steps.map(({ name, passed }) => [name, passed])).toEqual([
      ['credential', true],
      ['account', false],
      ['format', true],
    ]);
    const { token } = await bob.api.createToken({ scopes: ['read:packages'] });
    const weak = await why('@acme/kept', { token_hash: hashToken(token), action: 'write' });
    expect(weak.steps[0]).toMatchObject({ passed: false, sentence: /"write:packages"/ });
  });

  it('is for whoever administers the package', async () => {
    await expect(why('@acme/kept', {}, bob.api)).resolves.toMatchObject({ code: 'unauthenticated' });
    await expect(why('@acme/lib', {}, bob.api)).rejects.toMatchObject({ status: 403 });
    await expect(why('@acme/kept', {}, eve.api)).rejects.toMatchObject({ status: 404 });
    await expect(why('@acme/nothing', {}, eve.api)).rejects.toMatchObject({ status: 404 });
    await expect(why('@nobody/nothing', {}, ann.api)).rejects.toMatchObject({ status: 404 });
    await expect(why('@acme/nothing', { action: 'write' }, ann.api)).resolves.toMatchObject({
      code: 'unauthenticated',
    });
    await expect(why('@acme/nothing', { account: 'bob' }, registry.platform.api)).resolves.toMatchObject({
      allowed: false,
    });
  });

  it.each<Record<string, string>>([{ action: 'king' }, { token_hash: 'x' }, { visibility: 'secret' }])(
    'refuses %j',
    async (query) => {
      await expect(why('@acme/kept', query)).rejects.toMatchObject({ status: 400 });
    },
  );
});
