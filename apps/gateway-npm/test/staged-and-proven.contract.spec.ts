import { makeBundleAttachment, makePublish } from './builders';
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
let member: Person;
let stranger: Person;

beforeAll(async () => {
  registry = await HttpRegistry.start();
  owner = await registry.createUser('owen', ['acme']);
  member = await registry.createUser('mia');
  stranger = await registry.createUser('stan');
  await owner.api.setMember('acme', 'mia', 'member');
  await registry.publish(owner, { name: '@acme/thing' });
});

afterAll(() => registry?.stop());
afterEach(() => registry.expectUnharmed());

const ask = (person: Person, method: string, path: string, body?: unknown): Promise<Answer> =>
  registry.call(path, { method, token: person.token, body });

describe('a staged version', () => {
  const stage = async (person: Person, version: string, name = '@acme/thing'): Promise<Answer> => {
    const { document } = await makePublish({ name, version, files: { 'x.txt': version } });
    return ask(person, 'POST', `/-/stage/package/${name.replace('/', '%2f')}`, document);
  };
  const idOf = ({ json }: Answer): string => textOf(json['stageId']!);
  const versionsOf = async (name = '@acme/thing'): Promise<string[]> =>
    Object.keys((await registry.document(name, owner))['versions'] as Json);

  it('waits unseen, is listed and looked at, and is published when it is approved', async () => {
    const id = idOf(await stage(owner, '1.1.0'));
    expect(await versionsOf()).toEqual(['1.0.0']);
    expectRefusal(await ask(owner, 'GET', '/@acme/thing/-/thing-1.1.0.tgz'), 404);
    const listed = await ask(owner, 'GET', '/-/stage?package=@acme%2fthing&page=0&perPage=5');
    expect(listed.json).toMatchObject({
      total: 1,
      items: [{ id, packageName: '@acme/thing', version: '1.1.0' }],
    });
    expect((await ask(owner, 'GET', `/-/stage/${id}`)).json).toMatchObject({
      id,
      actor: 'owen',
      tag: 'latest',
    });
    const tarball = await ask(owner, 'GET', `/-/stage/${id}/tarball`);
    expect(tarball.status).toBe(200);
    expect(tarball.headers['cache-control']).toBe('private, no-store');
    expect((await ask(owner, 'POST', `/-/stage/${id}/approve`)).status).toBe(200);
    expect(await versionsOf()).toEqual(['1.0.0', '1.1.0']);
    const published = await ask(owner, 'GET', '/@acme/thing/-/thing-1.1.0.tgz');
    expect(published.body.equals(tarball.body)).toBe(true);
    expectRefusal(await ask(owner, 'POST', `/-/stage/${id}/approve`), 404);
    expectRefusal(await ask(owner, 'GET', `/-/stage/${id}`), 404);
  });

  it('is approved by another member who may publish', async () => {
    const name = '@acme/fresh';
    const id = idOf(await stage(member, '1.0.0', name));
    expectRefusal(await ask(member, 'GET', `/${name}`), 404);
    expect((await ask(owner, 'POST', `/-/stage/${id}/approve`)).status).toBe(200);
    expect(await versionsOf(name)).toEqual(['1.0.0']);
    expect((await ask(member, 'GET', `/${name}`)).status).toBe(200);
  });

  it('is gone when it is rejected, and its number is free', async () => {
    const id = idOf(await stage(owner, '1.2.0'));
    expect((await ask(owner, 'DELETE', `/-/stage/${id}`)).status).toBe(200);
    expectRefusal(await ask(owner, 'POST', `/-/stage/${id}/approve`), 404);
    expect((await stage(owner, '1.2.0')).status).toBe(201);
  });

  it('cannot be one that is published', async () => {
    expectRefusal(await stage(owner, '1.0.0'), 409);
  });

  it('loses to one that is published meanwhile', async () => {
    const id = idOf(await stage(owner, '1.3.0'));
    await registry.publish(owner, { name: '@acme/thing', version: '1.3.0' });
    expectRefusal(await ask(owner, 'POST', `/-/stage/${id}/approve`), 409);
  });

  it('is not there for others', async () => {
    const id = idOf(await stage(owner, '1.4.0'));
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/tarball'],
      ['POST', '/approve'],
      ['DELETE', ''],
    ] as const) {
      expectRefusal(await ask(stranger, method, `/-/stage/${id}${path}`), 404);
      expectRefusal(await registry.call(`/-/stage/${id}${path}`, { method }), 401);
    }
    expect((await ask(stranger, 'GET', '/-/stage')).json).toMatchObject({ total: 0, items: [] });
    expectRefusal(await stage(stranger, '1.5.0'), 403);
    const { token } = await owner.api.createToken({ scopes: ['read:packages'] });
    expectRefusal(await registry.call(`/-/stage/${id}/approve`, { method: 'POST', token }), [403, 404]);
  });

  it.each(['x', '__proto__', '%00', '00000000-0000-4000-8000-000000000000'])('is not %s', async (id) => {
    expectRefusal(await ask(owner, 'GET', `/-/stage/${id}`), 404);
    expectRefusal(await ask(owner, 'POST', `/-/stage/${id}/approve`), 404);
    expectRefusal(await ask(owner, 'DELETE', `/-/stage/${id}`), 404);
  });

  it('needs a tarball', async () => {
    const body = { name: '@acme/thing', versions: { '1.0.0': { deprecated: 'x' } } };
    expectRefusal(await ask(owner, 'POST', '/-/stage/package/@acme%2fthing', body), 422, /tarball/);
  });
});

describe('a provenance bundle', () => {
  const name = '@acme/proven';
  type Attachment = { content_type: string; data: string; length: number };

  async function publishWith(
    version: string,
    change: (attachments: Record<string, Attachment>) => void = () => undefined,
    about: Partial<{ name: string; version: string; tarball: Buffer }> = {},
  ): Promise<Answer> {
    const { document, tarball } = await makePublish({ name, version, access: 'public' });
    const [made] = Object.values(makeBundleAttachment({ name, version, tarball, ...about })) as [Attachment];
    const attachments = { [`${name}-${version}.sigstore`]: made };
    change(attachments);
    Object.assign(document['_attachments'] as object, attachments);
    return registry.put(owner, name, document);
  }

  it('is served as it came, and named in both documents', async () => {
    let sent = '';
    const answer = await publishWith('1.0.0', (attachments) => (sent = Object.values(attachments)[0]!.data));
    expect(answer.status).toBe(201);
    const dist = (await registry.document(name))['versions']!['1.0.0']!['dist']!;
    const { url, provenance } = dist['attestations'] as unknown as { url: string; provenance: Json };
    expect(provenance).toEqual({ predicateType: 'https://slsa.dev/provenance/v1' });
    expect(url.startsWith(`${registry.url}/-/npm/v1/attestations/`)).toBe(true);
    const served = await registry.call(url.slice(registry.url.length));
    expect(served.json).toEqual({
      attestations: [
        { predicateType: 'https://slsa.dev/provenance/v1', bundle: JSON.parse(sent) as unknown },
      ],
    });
    expect((await registry.call(`/-/npm/v1/attestations/${name}@1.0.0`)).text).toBe(served.text);
  });

  it('is not there for a version without one', async () => {
    expectRefusal(await ask(owner, 'GET', '/-/npm/v1/attestations/@acme/thing@1.0.0'), 404);
    for (const spec of [
      'thing',
      'thing@',
      '@',
      'thing@@',
      '__proto__@1.0.0',
      'thing@__proto__',
      'thing@1.0.0@2',
    ])
      expectRefusal(await ask(owner, 'GET', `/-/npm/v1/attestations/@acme/${spec}`), [400, 404]);
  });

  it.each([
    ['another tarball', { tarball: Buffer.from('other') }],
    ['another package', { name: '@acme/other' }],
    ['another version', { version: '9.9.9' }],
  ])('about %s is refused', async (_what, about) => {
    expectRefusal(await publishWith('2.0.0', undefined, about), 422, /provenance/);
    expectRefusal(await registry.call(`/${name}/2.0.0`), 404);
  });

  const first = (attachments: Record<string, Attachment>): Attachment => Object.values(attachments)[0]!;
  it.each<[string, (attachments: Record<string, Attachment>) => void]>([
    ['that is no JSON', (all) => (first(all).data = '{')],
    ['that is a list', (all) => (first(all).data = '[]')],
    ['without a statement', (all) => (first(all).data = '{"dsseEnvelope":{}}')],
    ['whose statement is no JSON', (all) => (first(all).data = '{"dsseEnvelope":{"payload":"!!"}}')],
    ['of another type', (all) => (first(all).content_type = 'text/html')],
    ['under another name', (all) => (all['@acme/proven-9.9.9.sigstore'] = first(all))],
    ['whose data is no text', (all) => Object.assign(first(all), { data: 5 })],
    ['of nothing but depth', (all) => (first(all).data = '['.repeat(200_000))],
  ])('%s is refused', async (_what, change) => {
    expectRefusal(await publishWith('3.0.0', change), 422, /provenance/);
    expectRefusal(await registry.call(`/${name}/3.0.0`), 404);
  });
});
