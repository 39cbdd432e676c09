import {
  buildHelloImage,
  digestOf,
  PlatformApi,
  readChallenge,
  sendRaw,
  type BuiltImage,
  type OciAnswer,
  type OciRequest,
} from '@packhouse/testing';
import { startRegistry, type ContainerRegistry, type TestAccount } from './support/registry-under-test';

jest.setTimeout(120_000);

let registry: ContainerRegistry;
let owner: TestAccount;
let stranger: TestAccount;
let image: BuiltImage;

beforeAll(async () => {
  registry = await startRegistry('embedded', {
    PACKHOUSE_SUBDOMAINS: 'on',
    PACKHOUSE_URL: 'https://packages.example.com',
  });
  const olga = await registry.createUser('olga', ['acme']);
  owner = await registry.withScopes(olga, ['repo', 'write:packages', 'delete:packages']);
  stranger = await registry.createUser('sam');
  const api = PlatformApi.withPassword(registry.url, owner.login, owner.password);
  await api.call('POST', '/repositories', { owner: 'acme', name: 'tools' });
  image = await buildHelloImage('hello', { layers: 2 });
});
afterAll(() => registry?.stop());

/** A registry by one of its host names, as one account: a token is fetched where the challenge says. */
function at(label: string, account: TestAccount | null = owner) {
  const host = `${label}.packages.example.com`;
  const raw = (method: string, path: string, options: OciRequest = {}): Promise<OciAnswer> =>
    sendRaw({ ...options, method, path, url: registry.url, headers: { host, ...options.headers } });
  return async (method: string, path: string, options: OciRequest = {}): Promise<OciAnswer> => {
    const first = await raw(method, path, options);
    const challenge = readChallenge(first.headers['www-authenticate']);
    if (first.status !== 401 || !challenge) return first;
    expect(challenge).toMatchObject({ realm: `https://${host}/token`, service: host });
    const basic = account && `Basic ${Buffer.from(`${account.login}:${account.secret}`).toString('base64')}`;
    const query = new URLSearchParams({ service: challenge.service, scope: challenge.scope });
    const token = await raw(
      'GET',
      `/token?${query.toString()}`,
      basic ? { headers: { authorization: basic } } : {},
    );
    const authorization = `Bearer ${token.json<{ token: string }>().token}`;
    return raw(method, path, { ...options, headers: { ...options.headers, authorization } });
  };
}

async function push(send: ReturnType<typeof at>, name: string, reference: string): Promise<OciAnswer> {
  for (const { bytes, digest } of image.blobs) {
    const opened = await send('POST', `/v2/${name}/blobs/uploads/`);
    if (opened.status !== 202) return opened;
    const closed = await send('PUT', `${opened.headers.location}?digest=${digest}`, { body: bytes });
    expect(closed).toMatchObject({ status: 201 });
  }
  const { bytes, mediaType } = image.manifest;
  return send('PUT', `/v2/${name}/manifests/${reference}`, {
    body: bytes,
    headers: { 'content-type': mediaType },
  });
}

describe('host names of their own', () => {
  it.each(['container', 'containers'])(
    '%s. is the registry of owners, and gives links that stay there',
    async (label) => {
      const send = at(label);
      expect((await send('GET', '/v2/')).text).toBe('{}');
      const pushed = await push(send, `olga/by-${label}`, 'one');
      expect(pushed).toMatchObject({ status: 201 });
      expect(pushed.headers.location).toBe(`/v2/olga/by-${label}/manifests/${image.manifest.digest}`);
      // From memory as well.
      for (let time = 0; time < 2; time += 1)
        expect(
          (await send('GET', `/v2/olga/by-${label}/manifests/one`)).body.equals(image.manifest.bytes),
        ).toBe(true);
    },
  );
});

describe('the registry of repositories', () => {
  it('keeps images of a repository, as visible as that', async () => {
    const docker = at('docker');
    const pushed = await push(docker, 'acme/tools/app', '1');
    expect(pushed).toMatchObject({ status: 201 });
    expect(pushed.headers.location).toBe(`/v2/acme/tools/app/manifests/${image.manifest.digest}`);
    expect((await docker('GET', '/v2/acme/tools/app/manifests/1')).body.equals(image.manifest.bytes)).toBe(
      true,
    );
    for (const { bytes, digest } of image.blobs)
      expect(digestOf((await docker('GET', `/v2/acme/tools/app/blobs/${digest}`)).body)).toBe(
        digestOf(bytes),
      );
    expect((await at('docker', stranger)('GET', '/v2/acme/tools/app/manifests/1')).status).toBe(401);
    expect((await at('docker', null)('GET', '/v2/acme/tools/app/manifests/1')).status).toBe(401);
    // It is no image of the other registry.
    expect((await at('container')('GET', '/v2/acme/tools/app/manifests/1')).status).toBe(404);
  });

  it('takes no image without a repository', async () => {
    const refused = await push(at('docker'), 'acme/nothing/app', '1');
    expect(refused).toMatchObject({ status: 401, codes: ['UNAUTHORIZED'] });
    expect(refused.text).toMatch(/no repository to which/);
    expect(await at('docker')('GET', '/v2/acme/app/tags/list')).toMatchObject({
      status: 400,
      codes: ['NAME_INVALID'],
    });
  });

  it('reads images that live in the registry of owners, for those who may', async () => {
    expect(await push(at('container'), 'acme/tools/moved', '1')).toMatchObject({ status: 201 });
    const docker = at('docker');
    for (let time = 0; time < 2; time += 1)
      expect(
        (await docker('GET', '/v2/acme/tools/moved/manifests/1')).body.equals(image.manifest.bytes),
      ).toBe(true);
    const [blob] = image.blobs;
    expect((await docker('GET', `/v2/acme/tools/moved/blobs/${blob!.digest}`)).status).toBe(200);
    expect((await docker('GET', '/v2/acme/tools/moved/tags/list')).json()).toMatchObject({ tags: ['1'] });
    expect((await at('docker', stranger)('GET', '/v2/acme/tools/moved/manifests/1')).status).toBe(401);
  });
});
