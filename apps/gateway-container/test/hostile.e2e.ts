import {
  buildHelloImage,
  describeContent,
  digestOf,
  mediaTypes,
  openUpload,
  PlatformApi,
  pullImage,
  pushImage,
  removeTemporaryFolders,
  selectModes,
  sendBlob,
  sendManifest,
  sendRaw,
  waitUntil,
  withDigest,
  type Content,
  type Descriptor,
  type OciHttp,
} from '@packhouse/testing';
import { startRegistry, type ContainerRegistry, type TestAccount } from './support/registry-under-test';
import {
  freshBytes,
  getManifest,
  headBlob,
  manifestOf,
  openWith,
  putBlob,
  putText,
  readAccess,
} from './support/wire';

jest.setTimeout(120_000);

const octets = { 'content-type': 'application/octet-stream' };

/** Rows of the table of attacks, by their numbers: what must not work, and what it answers. */
describe.each(selectModes())('attacks on a registry of images (%s)', (mode) => {
  let registry: ContainerRegistry;
  let alice: TestAccount;
  let mallory: TestAccount;
  let http: OciHttp;
  let attacker: OciHttp;
  let secret: Content;
  let config: Content;
  let layer: Content;

  beforeAll(async () => {
    registry = await startRegistry(mode, {
      PACKHOUSE_CONTAINER_MAX_LAYER: '2000000',
    });
    alice = await registry.createUser('alice', ['acme']);
    mallory = await registry.createUser('mallory');
    http = registry.http(alice);
    attacker = registry.http(mallory);
    secret = await putBlob(http, 'acme/secret');
    await pushImage(http, 'acme/secret', await buildHelloImage('secret'), '1');
    config = await putBlob(attacker, 'mallory/own', Buffer.from('{"architecture":"amd64","os":"linux"}'));
    layer = await putBlob(attacker, 'mallory/own');
  });

  afterAll(async () => {
    await registry?.stop();
    removeTemporaryFolders();
  });

  const mount = (digest: string, from = '') =>
    attacker.send('POST', `/v2/mallory/own/blobs/uploads/?mount=${digest}${from && `&from=${from}`}`);
  it('S1: bytes that are stored for somebody else are not read through an image of one’s own', async () => {
    for (const method of ['GET', 'HEAD'])
      expect((await attacker.send(method, `/v2/mallory/own/blobs/${secret.digest}`)).status).toBe(404);
    expect((await mount(secret.digest)).status).toBe(202);
    expect((await headBlob(attacker, 'mallory/own', secret.digest)).status).toBe(404);
  });

  it('S2: whether bytes exist elsewhere shows in no answer', async () => {
    const unknown = digestOf(freshBytes());
    for (const ask of [
      (digest: string) => headBlob(attacker, 'mallory/own', digest),
      (digest: string) => attacker.send('GET', `/v2/mallory/own/blobs/${digest}`),
      (digest: string) => attacker.send('PUT', withDigest('/v2/mallory/own/blobs/uploads/none', digest)),
    ]) {
      const [existing, missing] = [await ask(secret.digest), await ask(unknown)];
      expect(existing.status).toBe(missing.status);
      expect(existing.text.replaceAll(secret.digest, '')).toBe(missing.text.replaceAll(unknown, ''));
    }
    // naming the digest is not having the bytes
    const location = await openUpload(attacker, 'mallory/own');
    expect((await attacker.send('PUT', withDigest(location, secret.digest))).status).toBe(400);
  });

  it('S3: a manifest that names the bytes of somebody else is refused and makes nothing readable', async () => {
    const answer = await sendManifest(attacker, 'mallory/own', manifestOf(config, [secret]), 'stolen');
    expect([answer.status, answer.codes]).toEqual([400, ['MANIFEST_BLOB_UNKNOWN']]);
    expect((await headBlob(attacker, 'mallory/own', secret.digest)).status).toBe(404);
  });

  it('S4: mounting from an image that one may not read is an ordinary upload', async () => {
    for (const from of ['acme/secret', 'acme/nothing', '../acme/secret', 'acme%2Fsecret']) {
      const answer = await mount(secret.digest, from);
      expect([202, 401]).toContain(answer.status);
    }
    expect((await headBlob(attacker, 'mallory/own', secret.digest)).status).toBe(404);
  });

  it('S5: the address of an upload is of no use to anybody else', async () => {
    const location = await openWith(http, 'acme/secret', Buffer.from('half'));
    const id = location.split('/').pop() ?? '';
    expect(id.length).toBeGreaterThanOrEqual(20);
    for (const name of ['acme/secret', 'mallory/own']) {
      for (const [method, path] of [
        ['GET', `/v2/${name}/blobs/uploads/${id}`],
        ['PATCH', `/v2/${name}/blobs/uploads/${id}`],
        ['PUT', withDigest(`/v2/${name}/blobs/uploads/${id}`, digestOf(Buffer.from('half')))],
        ['DELETE', `/v2/${name}/blobs/uploads/${id}`],
      ] as const) {
        const answer = await attacker.send(method, path, { headers: octets, body: 'x' });
        expect([method, name === 'mallory/own' ? [404] : [401, 404]].flat()).toContain(answer.status);
      }
    }
    expect((await http.send('GET', location)).headers.range).toBe('0-3');
    await http.send('DELETE', location);
  });

  it.each([
    '/v2/mallory/../acme/secret/manifests/1',
    '/v2/mallory/%2e%2e/acme/secret/manifests/1',
    '/v2/mallory%2F..%2F..%2Facme%2Fsecret/manifests/1',
    '/v2/mallory/own/blobs/sha256:../../../../etc/passwd',
    '/v2/mallory/own/blobs/sha256:%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '/v2/mallory/own/manifests/..%2f..%2fx',
    '/v2/mallory/own/manifests/x%00y',
    '/v2/mallory/own/blobs/uploads/..%2f..%2fx',
    '/v2//acme/secret/manifests/1',
    '/v2/mallory/own\\..\\..\\acme/secret/manifests/1',
  ])('S6: the path %s leads nowhere', async (path) => {
    const answer = await attacker.send('GET', path);
    expect([400, 401, 404]).toContain(answer.status);
    expect(answer.text).not.toContain('root:');
  });

  it('S7: a digest is of one kind, whole and in small letters', async () => {
    const bytes = freshBytes();
    const right = digestOf(bytes);
    const hex = right.slice(7);
    for (const digest of [
      ...[
        `sha256:${hex.toUpperCase()}`,
        `sha256:${hex.slice(1)}`,
        `sha256:${hex}0`,
        `sha512:${hex}`,
        `SHA256:${hex}`,
      ],
      ...[
        `sha384:${hex}${hex.slice(32)}`,
        hex,
        `sha256:sha256:${hex}`,
        `sha256:${hex}:x`,
        `sha512:${hex}${hex}`,
      ],
    ]) {
      const answer = await sendBlob(attacker, 'mallory/own', bytes, 'put', digest);
      expect([digest, answer.status]).toEqual([digest, 400]);
    }
    expect((await headBlob(attacker, 'mallory/own', right)).status).toBe(404);
  });

  it('51, S8: a document that is two things at once is neither', async () => {
    const image = JSON.parse(manifestOf(config, [layer]).bytes.toString()) as Record<string, unknown>;
    const text = JSON.stringify(image);
    const both = { ...image, manifests: [] };
    const twice = text.replace('"schemaVersion":2', `"schemaVersion":2,"schemaVersion":2`);
    const hidden = text.replace('"layers"', '"layers":[],"layers"');
    const cases: [string, string][] = [
      [JSON.stringify(both), mediaTypes.manifest],
      [JSON.stringify({ ...both, mediaType: mediaTypes.index }), mediaTypes.index],
      [text, mediaTypes.index],
      [text, mediaTypes.dockerManifest],
      [twice, mediaTypes.manifest],
      [hidden, mediaTypes.manifest],
      [JSON.stringify({ ...image, schemaVersion: 1 }), mediaTypes.manifest],
      ['[]', mediaTypes.manifest],
      ['null', mediaTypes.manifest],
      [text.slice(0, -1), mediaTypes.manifest],
      [`${text}{}`, mediaTypes.manifest],
    ];
    for (const [body, type] of cases) {
      const answer = await putText(attacker, 'mallory/own', 'two-faced', body, type);
      expect([body.slice(0, 40), answer.status, answer.codes]).toEqual([
        body.slice(0, 40),
        400,
        ['MANIFEST_INVALID'],
      ]);
    }
    const invalid = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expect((await putText(attacker, 'mallory/own', 'two-faced', invalid)).status).toBe(400);
    expect((await getManifest(attacker, 'mallory/own', 'two-faced')).status).toBe(404);
  });

  it('51, S9: documents that are deep, wide or circular cost little and are refused', async () => {
    const entry = { mediaType: mediaTypes.manifest, digest: digestOf(freshBytes()), size: 1 };
    const documents = [
      `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
      `{"schemaVersion":2,"annotations":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: Array(15_000).fill(entry) }),
      JSON.stringify({ ...descriptors(20_000), mediaType: mediaTypes.manifest }),
    ];
    for (const text of documents) {
      const started = Date.now();
      const type = text.includes(mediaTypes.index) ? mediaTypes.index : mediaTypes.manifest;
      const answer = await putText(attacker, 'mallory/own', 'bomb', text, type);
      expect([answer.status, answer.codes]).toEqual([400, ['MANIFEST_INVALID']]);
      // Tenths of a second; whoever asks for each of 15,000 children takes minutes.
      expect(Date.now() - started).toBeLessThan(20_000);
    }
    for (const size of [-1, 1.5, '64', 1e300, null]) {
      const bent = manifestOf(config, [layer], { layers: [{ ...describeContent(layer), size }] });
      expect((await sendManifest(attacker, 'mallory/own', bent, 'bent')).status).toBe(400);
    }
  });

  const descriptors = (many: number) => ({
    schemaVersion: 2,
    config: describeContent(config, { mediaType: mediaTypes.config }),
    layers: Array<Descriptor>(many).fill(describeContent(layer)),
  });

  it('S10: layers are never unpacked, and a configuration that is none hurts nobody', async () => {
    const zeros = (await import('node:zlib')).gzipSync(Buffer.alloc(400_000_000));
    const bomb = await putBlob(attacker, 'mallory/own', zeros);
    const noJson = await putBlob(attacker, 'mallory/own', Buffer.from('\u0000 no configuration'));
    expect((await sendManifest(attacker, 'mallory/own', manifestOf(noJson, [bomb]), 'bomb')).status).toBe(
      201,
    );
    expect((await pullImage(attacker, 'mallory/own', 'bomb')).size).toBe(3);
  });

  it('S12: no scope, however it is written, gives more than its holder has', async () => {
    for (const scope of [
      'repository:acme/secret:*',
      'repository:acme/secret:pull,push,delete',
      'repository(plugin):acme/secret:pull',
      'registry:catalog:*',
      'repository:mallory/../acme/secret:pull',
      'repository:acme/secret:pull"],"x":["push',
      'repository:*:pull',
      'repository:mallory/own acme/secret:pull',
    ]) {
      const answer = await attacker.fetchToken([scope]);
      expect([200, 400]).toContain(answer.status);
      if (answer.status !== 200) continue;
      const token = answer.json<{ token: string }>().token;
      expect(JSON.stringify(readAccess(token))).not.toContain('acme/secret');
      const authorization = `Bearer ${token}`;
      expect((await attacker.send('GET', '/v2/acme/secret/manifests/1', { authorization })).status).not.toBe(
        200,
      );
    }
  });

  it('S13: tokens that somebody else signed, or nobody, are none', async () => {
    const token = await http.getToken('repository:acme/secret:pull');
    const [header = '', payload = '', signature = ''] = token.split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const head = JSON.parse(Buffer.from(header, 'base64url').toString()) as object;
    const body = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const { generateKeyPairSync, sign } = await import('node:crypto');
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = pair.publicKey.export({ format: 'jwk' });
    const forge = (forged: object) => {
      const text = `${encode(forged)}.${payload}`;
      const own = sign('sha256', Buffer.from(text), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
      return `${text}.${own.toString('base64url')}`;
    };
    const forgeries = [
      `${encode({ ...head, alg: 'none' })}.${payload}.`,
      `${header}.${encode({ ...body, aud: 'other' })}.${signature}`,
      `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`,
      forge(head),
      forge({ ...head, jwk }),
      forge({ ...head, kid: undefined, jwk }),
    ];
    const path = '/v2/acme/secret/manifests/1';
    for (const forged of forgeries) {
      const answer = await attacker.send('GET', path, { authorization: `Bearer ${forged}` });
      expect([answer.status, answer.codes]).toEqual([401, ['UNAUTHORIZED']]);
    }
    expect((await attacker.send('GET', path, { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it('42, S14: a token stops with what it was given for', async () => {
    const api = PlatformApi.withPassword(registry.url, 'alice', alice.password);
    const lent = await api.createToken();
    const borrower = registry.http({ login: 'alice', secret: lent.token });
    const token = await borrower.getToken('repository:acme/secret:pull,push');
    const send = () =>
      borrower.send('GET', '/v2/acme/secret/tags/list', { authorization: `Bearer ${token}` });
    expect((await send()).status).toBe(200);
    await api.revokeToken(lent.id);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await send()).status).toBe(401);
    const push = { authorization: `Bearer ${token}` };
    expect((await borrower.send('POST', '/v2/acme/secret/blobs/uploads/', push)).status).toBe(401);
    expect((await borrower.fetchToken(['repository:acme/secret:pull'])).status).toBe(401);
  });

  it('S15: guesses at the token endpoint are slowed down, and do not tell who exists', async () => {
    const guess = (login: string, index: number) =>
      registry.http({ login, secret: `guess-${index}` }).fetchToken([]);
    const [known, unknown] = [await guess('mallory', 0), await guess('nobody-here', 0)];
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
    const statuses: number[] = [];
    for (let index = 1; index <= 30; index += 1) statuses.push((await guess('victim', index)).status);
    expect(statuses).toContain(429);
    expect((await http.fetchToken([])).status).toBe(200);
  });

  it('S20: nothing of a request gets into a header or a log line as it is', async () => {
    for (const path of [
      '/v2/mallory/own/blobs/uploads/?mount=sha256:x&from=a%0d%0aX-Evil:%201',
      '/v2/mallory/own%0d%0aX-Evil:%201/manifests/1',
      '/v2/mallory/own/manifests/a%0d%0aX-Evil:%201',
      '/v2/token?service=x%0d%0aX-Evil:%201&scope=repository:a%0d%0aX-Evil:%201:pull',
    ]) {
      const answer = await attacker.send(path.includes('uploads') ? 'POST' : 'GET', path);
      expect(answer.headers['x-evil']).toBeUndefined();
      expect(answer.status).toBeLessThan(500);
    }
    expect(registry.platform?.output()).not.toMatch(/^X-Evil/m);
  });

  it('S24: the name of a loved image stays retired when its owner takes another login', async () => {
    const leaving = await registry.createUser('leaving');
    await pushImage(registry.http(leaving), 'leaving/app', await buildHelloImage('leaving'), '1');
    await registry.makePublic(leaving, 'leaving/app');
    const authorization = `Bearer ${await registry.http(null).getToken('repository:leaving/app:pull')}`;
    const pull = async () => {
      for (let index = 0; index < 630; index += 1)
        await attacker.send('GET', '/v2/leaving/app/manifests/1', {
          authorization,
          headers: { accept: '*/*' },
        });
    };
    await Promise.all(Array.from({ length: 8 }, pull));
    const api = PlatformApi.withPassword(registry.url, 'leaving', leaving.password);
    await waitUntil('the downloads are counted', async () => {
      const { total } = (await api.call('GET', '/packages/leaving/container/app/downloads')) as {
        total: number;
      };
      return total > 5000;
    });
    const administrator = `${registry.platform?.adminLogin}:${registry.platform?.adminPassword}`;
    const renamed = await fetch(`${registry.url}/api/v3/admin/users/leaving`, {
      method: 'PATCH',
      headers: { authorization: `Basic ${Buffer.from(administrator).toString('base64')}` },
      body: JSON.stringify({ login: 'elsewhere' }),
    });
    expect(renamed.status).toBe(202);
    const retired = '/retired-names?login=leaving';
    await waitUntil('the name is retired', async () => {
      const { items } = (await registry.platform?.api.call('GET', retired)) as { items: unknown[] };
      return items.length === 1;
    });
    const squatter = registry.http(await registry.createUser('leaving'));
    const image = await buildHelloImage('squatter');
    await expect(pushImage(squatter, 'leaving/app', image, '1')).rejects.toThrow(/retired/);
    expect((await pullImage(registry.http(null), 'elsewhere/app', '1')).size).toBe(3);
  });

  it('S25: neither tokens nor passwords are in the log', async () => {
    const first = await attacker.send('GET', '/v2/', { authorization: null });
    const realm = /realm="([^"]+)"/.exec(String(first.headers['www-authenticate']))?.[1] ?? '';
    const form = `grant_type=password&username=mallory&password=${mallory.secret}&service=x`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    await sendRaw({ method: 'POST', url: realm, path: new URL(realm).pathname, headers, body: form });
    const log = registry.platform?.output() ?? '';
    for (const { secret: word, password } of [alice, mallory]) {
      expect(log).not.toContain(word);
      expect(log).not.toContain(password);
    }
  });
});
