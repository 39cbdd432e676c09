import {
  buildHelloImage,
  digestOf,
  pullImage,
  pushImage,
  readChallenge,
  removeTemporaryFolders,
  sendBlob,
  sendManifest,
  sendRaw,
  type Content,
  type OciAnswer,
  type OciHttp,
} from '@packhouse/testing';
import {
  selectTargets,
  startRegistry,
  type ContainerRegistry,
  type TestAccount,
} from './support/registry-under-test';
import { freshBytes, getManifest, headBlob, manifestOf, openWith, putBlob, readAccess } from './support/wire';

jest.setTimeout(120_000);

/** Rows of the acceptance table that are about reading and about who may do what, by their numbers. */
describe.each(selectTargets())('access to the %s registry', (target) => {
  const isProduct = target !== 'docker-registry';
  let registry: ContainerRegistry;
  let alice: TestAccount;
  let bob: TestAccount;
  let http: OciHttp;
  let stranger: OciHttp;

  beforeAll(async () => {
    registry = await startRegistry(target);
    alice = await registry.createUser('alice', ['acme']);
    bob = await registry.createUser('bob');
    http = registry.http(alice);
    stranger = registry.http(null);
  });

  afterAll(async () => {
    await registry?.stop();
    removeTemporaryFolders();
  });

  const mount = (as: OciHttp, name: string, digest: string, from = '', authorization?: string) =>
    as.send('POST', `/v2/${name}/blobs/uploads/?mount=${digest}${from && `&from=${from}`}`, {
      authorization,
    });

  it('6: a public image is pulled with a token that nobody signed in for', async () => {
    await pushImage(http, 'acme/public', await buildHelloImage('public'), '1');
    await registry.makePublic(alice, 'acme/public');
    for (const path of ['/v2/', '/v2/acme/public/manifests/1']) {
      const first = await stranger.send('GET', path, { authorization: null });
      expect([first.status, first.codes]).toEqual([401, ['UNAUTHORIZED']]);
      const challenge = readChallenge(first.headers['www-authenticate']);
      expect(challenge?.realm).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//);
      expect(challenge?.scope).toBe(path === '/v2/' ? '' : 'repository:acme/public:pull');
    }
    expect((await pullImage(stranger, 'acme/public', '1')).size).toBe(3);
  });

  it('5: a token without a scope shows only who asks', async () => {
    const token = await http.getToken();
    const answer = await http.send('GET', '/v2/', { authorization: `Bearer ${token}` });
    expect([answer.status, answer.text]).toEqual([200, '{}']);
    const wrong = await registry.http({ login: 'alice', secret: 'wrong' }).fetchToken([]);
    expect(wrong.status).toBe(401);
  });

  it('12: a blob of a private image cannot be read, mounted or named by somebody else', async () => {
    const blob = await putBlob(http, 'acme/private');
    const other = registry.http(bob);
    await putBlob(other, 'bob/own');
    expect((await headBlob(other, 'bob/own', blob.digest)).status).toBe(404);
    expect((await other.send('GET', `/v2/bob/own/blobs/${blob.digest}`)).status).toBe(404);
    // a registry may insist on a token for the source, which bob cannot get
    expect(isProduct ? [202] : [202, 401]).toContain(
      (await mount(other, 'bob/own', blob.digest, 'acme/private')).status,
    );
    expect((await mount(other, 'bob/own', blob.digest)).status).toBe(202);
    const config = await putBlob(other, 'bob/own', Buffer.from('{}'));
    const naming = await sendManifest(other, 'bob/own', manifestOf(config, [blob]), 'stolen');
    expect([naming.status, naming.codes]).toEqual([400, ['MANIFEST_BLOB_UNKNOWN']]);
    for (const method of ['HEAD', 'GET'])
      expect((await other.send(method, `/v2/bob/own/blobs/${blob.digest}`)).status).toBe(404);
  });

  it('13: a blob is mounted from an image that the caller may read, and stays when that is gone', async () => {
    const image = await buildHelloImage('source', { layers: 3 });
    await pushImage(http, 'acme/source', image, '1');
    for (const { digest } of image.blobs) {
      const answer = await mount(http, 'acme/target', digest, 'acme/source');
      expect([answer.status, answer.headers['docker-content-digest']]).toEqual([201, digest]);
      expect((await headBlob(http, 'acme/target', digest)).status).toBe(200);
    }
    await pushImage(http, 'acme/target', image, '1');
    await http.send('DELETE', `/v2/acme/source/manifests/${image.manifest.digest}`);
    await registry.collect();
    expect((await pullImage(http, 'acme/target', '1')).size).toBe(5);
  });

  it('14: a token for the target alone is asked to cover the source, or the blob is sent', async () => {
    const blob = await putBlob(http, 'acme/source');
    const narrow = await http.getToken('repository:acme/narrow:pull,push');
    const answer = await mount(http, 'acme/narrow', blob.digest, 'acme/source', `Bearer ${narrow}`);
    expect([401, 202]).toContain(answer.status);
    if (answer.status === 202) return;
    const scope = readChallenge(answer.headers['www-authenticate'])?.scope ?? '';
    expect(scope).toContain('repository:acme/source:pull');
    expect(scope).toMatch(/repository:acme\/narrow:pull,push|repository:acme\/narrow:push,pull/);
    const wide = await http.getToken(scope);
    expect((await mount(http, 'acme/narrow', blob.digest, 'acme/source', `Bearer ${wide}`)).status).toBe(201);
  });

  describe('26: ranges of a blob', () => {
    const bytes = freshBytes(2048);
    beforeAll(async () => void (await putBlob(http, 'acme/ranges', bytes)));

    it.each([
      ['bytes=0-99', 0, 99],
      ['bytes=100-', 100, 2047],
      ['bytes=-100', 1948, 2047],
      ['bytes=2000-5000', 2000, 2047],
      ['bytes=0-0', 0, 0],
    ])('%s is given as such', async (range, first, last) => {
      const answer = await http.send('GET', `/v2/acme/ranges/blobs/${digestOf(bytes)}`, {
        headers: { range },
      });
      expect([answer.status, answer.headers['content-range']]).toEqual([206, `bytes ${first}-${last}/2048`]);
      expect(answer.body.equals(bytes.subarray(first, last + 1))).toBe(true);
    });

    it('several at once are given as several, or the whole is', async () => {
      const headers = { range: 'bytes=0-9,20-29' };
      const answer = await http.send('GET', `/v2/acme/ranges/blobs/${digestOf(bytes)}`, { headers });
      expect([200, 206]).toContain(answer.status);
      if (answer.status === 200) expect(answer.body.equals(bytes)).toBe(true);
      else expect(answer.headers['content-type']).toMatch(/^multipart\/byteranges/);
    });

    it('says that it takes ranges, for how long it holds, and when nothing is new', async () => {
      const head = await headBlob(http, 'acme/ranges', digestOf(bytes));
      expect(head.headers['accept-ranges']).toBe('bytes');
      expect(head.headers['cache-control']).toContain('max-age=31536000');
      expect(head.headers.etag).toBe(`"${digestOf(bytes)}"`);
    });
  });

  if (!isProduct) return;

  it.each(['bytes=2048-', 'bytes=5000-6000', 'bytes=100-50'])('26: %s is no part of it', async (range) => {
    const { digest } = await putBlob(http, 'acme/ranges', freshBytes(2048));
    const answer = await http.send('GET', `/v2/acme/ranges/blobs/${digest}`, { headers: { range } });
    expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */2048']);
  });

  it('32: tags come sorted, in pages that lead to each other', async () => {
    const image = await buildHelloImage('tagged');
    const tags = Array.from({ length: 25 }, (_, index) => `v${String(index).padStart(3, '0')}`);
    for (const tag of [...tags].reverse()) await pushImage(http, 'acme/many', image, tag);
    const list = async (path: string) => {
      const answer = await http.send('GET', path);
      return { answer, tags: answer.json<{ tags: string[] }>().tags };
    };
    expect((await list('/v2/acme/many/tags/list')).tags).toEqual(tags);
    const seen: string[] = [];
    let path = '/v2/acme/many/tags/list?n=10';
    for (let pages = 0; path !== '' && pages < 5; pages += 1) {
      const page = await list(path);
      seen.push(...page.tags);
      path = /<([^>]+)>; rel="next"/.exec(String(page.answer.headers.link ?? ''))?.[1] ?? '';
    }
    expect(seen).toEqual(tags);
    expect((await list('/v2/acme/many/tags/list?n=2&last=v010x')).tags).toEqual(['v011', 'v012']);
  });

  const outlineOf = (answer: OciAnswer, name: string) => ({
    status: answer.status,
    text: answer.text.replaceAll(name, 'NAME'),
    challenge: answer.headers['www-authenticate']?.replaceAll(name, 'NAME'),
  });

  it('7: strangers and other users are told the same of a private image as of one that does not exist', async () => {
    await pushImage(http, 'acme/hidden', await buildHelloImage('hidden'), 'v1');
    const { digest } = await putBlob(http, 'acme/hidden');
    for (const who of [null, bob]) {
      for (const [method, path] of [
        ['GET', '/manifests/v1'],
        ['HEAD', '/manifests/v1'],
        ['GET', '/tags/list'],
        ['GET', `/blobs/${digest}`],
        ['GET', `/referrers/${digest}`],
        ['DELETE', '/manifests/v1'],
        ['PUT', '/manifests/v1'],
        ['POST', '/blobs/uploads/'],
      ] as const) {
        const asked = async (name: string) =>
          outlineOf(await registry.http(who).send(method, `/v2/acme/${name}${path}`), name);
        const hidden = await asked('hidden');
        expect(hidden).toEqual(await asked('nothing'));
        expect([401, 403, 404]).toContain(hidden.status);
      }
    }
  });

  it('32: no tags are listed for n=0, and a count that is none is refused', async () => {
    const answer = await http.send('GET', '/v2/acme/many/tags/list?n=0');
    expect([answer.json(), answer.headers.link]).toEqual([{ name: 'acme/many', tags: [] }, undefined]);
    for (const n of ['-1', 'x', '1.5']) {
      const refused = await http.send('GET', `/v2/acme/many/tags/list?n=${n}`);
      expect([refused.status, refused.codes]).toEqual([400, ['PAGINATION_NUMBER_INVALID']]);
    }
  });

  it('35: a token that may not delete deletes nothing, and may cancel an upload', async () => {
    const image = await buildHelloImage('staying');
    await pushImage(http, 'acme/staying', image, '1');
    const writer = registry.http(await registry.withScopes(alice, ['read:packages', 'write:packages']));
    const [config] = image.blobs as [Content];
    for (const path of ['manifests/1', `manifests/${image.manifest.digest}`, `blobs/${config.digest}`]) {
      const answer = await writer.send('DELETE', `/v2/acme/staying/${path}`);
      expect([401, 403]).toContain(answer.status);
    }
    expect((await pullImage(http, 'acme/staying', '1')).size).toBe(3);
    const location = await openWith(writer, 'acme/staying', freshBytes());
    expect((await writer.send('DELETE', location)).status).toBe(204);
  });

  it('36: all actions in one word are those that the caller has', async () => {
    await pushImage(http, 'acme/scopes', await buildHelloImage('scopes'), '1');
    const granted = readAccess(await http.getToken('repository:acme/scopes:*'));
    expect(granted).toEqual([
      { type: 'repository', name: 'acme/scopes', actions: ['pull', 'push', 'delete'] },
    ]);
    const reader = registry.http(await registry.withScopes(alice, ['read:packages']));
    expect(readAccess(await reader.getToken('repository:acme/scopes:*'))[0]?.actions).toEqual(['pull']);
  });

  it('43: several scopes are given as far as they are rights, in one parameter or in many', async () => {
    const scopes = [
      'repository:acme/scopes:pull,push',
      'repository:bob/other:pull',
      'repository:acme/scopes:fly',
    ];
    for (const asked of [scopes, [scopes.join(' ')]]) {
      const access = readAccess(await http.getToken(...asked));
      expect(access.map(({ name }) => name)).not.toContain('bob/other');
      expect(access.flatMap(({ actions }) => actions).sort()).toEqual(['pull', 'push']);
    }
    const odd = [
      'repository',
      'plugin:acme/scopes:pull',
      'repository:host:5000/x:pull',
      ':::',
      'repository:../x:pull',
    ];
    expect(readAccess(await http.getToken(...odd))).toEqual([]);
    const many = await http.fetchToken(
      Array.from({ length: 200 }, (_, index) => `repository:acme/s${index}:pull`),
    );
    expect([200, 400]).toContain(many.status);
    // it travels in every request, whose headers have a limit
    expect(many.json<{ token?: string }>().token?.length ?? 0).toBeLessThan(6000);
  });

  it('44: a password is taken from a form, and no other grant is', async () => {
    const first = await stranger.send('GET', '/v2/', { authorization: null });
    const challenge = readChallenge(first.headers['www-authenticate']);
    const realm = challenge?.realm ?? '';
    const post = (form: Record<string, string>) =>
      sendRaw({
        method: 'POST',
        url: realm,
        path: new URL(realm).pathname,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          service: challenge?.service ?? '',
          client_id: 'test',
          ...form,
        }).toString(),
      });
    const right = { grant_type: 'password', username: 'alice', password: alice.secret };
    const good = await post({ ...right, scope: 'repository:acme/scopes:pull' });
    expect(good.status).toBe(200);
    const { access_token: token } = good.json<{ access_token: string }>();
    expect(readAccess(token)[0]?.actions).toEqual(['pull']);
    expect((await post({ ...right, password: 'wrong' })).status).toBe(401);
    for (const grant of ['refresh_token', 'client_credentials', ''])
      expect((await post({ grant_type: grant, refresh_token: 'x' })).status).toBe(400);
  });

  it('45: an access token itself is as good as what it is exchanged for, in base64 too', async () => {
    for (const bearer of [alice.secret, Buffer.from(alice.secret).toString('base64')]) {
      const authorization = `Bearer ${bearer}`;
      const answer = await http.send('GET', '/v2/acme/scopes/tags/list', { authorization });
      expect([answer.status, answer.json()]).toEqual([200, { name: 'acme/scopes', tags: ['1'] }]);
    }
  });

  it('46: who may not push gets a token without that, and is told so', async () => {
    const token = await registry.http(bob).getToken('repository:acme/new:pull,push');
    expect(readAccess(token)).toEqual([]);
    const answer = await stranger.send('POST', '/v2/acme/new/blobs/uploads/', {
      authorization: `Bearer ${token}`,
    });
    expect(answer.status).toBe(401);
    expect(readChallenge(answer.headers['www-authenticate'])?.error).toBe('insufficient_scope');
  });

  it('54: odd paths are refused or found, and never lead anywhere else', async () => {
    await pushImage(http, 'acme/hidden', await buildHelloImage('hidden'), 'v1');
    for (const name of [
      'acme/../acme/hidden',
      'acme/%2e%2e/hidden',
      'acme//hidden',
      'ACME/hidden',
      'acme/hidden%00',
      'acme/-x',
      `acme/${'x'.repeat(300)}`,
    ]) {
      const { status, codes } = await getManifest(http, name, 'v1');
      expect([name, status, codes]).toEqual([name, 400, ['NAME_INVALID']]);
    }
    for (const name of ['acme/blobs', 'acme/manifests/uploads', 'acme/tags/list', 'acme/blobs/uploads']) {
      await pushImage(http, name, await buildHelloImage(name), 'v1');
      expect((await pullImage(http, name, 'v1')).size).toBe(3);
      expect((await http.send('GET', `/v2/${name}/tags/list`)).json()).toEqual({ name, tags: ['v1'] });
    }
    const escaped = `/v2/acme/hidden/manifests/${(await digestFor('acme/hidden', 'v1')).replace(':', '%3A')}`;
    expect((await http.send('GET', escaped)).status).toBe(200);
    for (const tag of ['-x', '.x', 'a b', 'x'.repeat(129), 'a%2Fb'])
      expect((await sendTag('acme/hidden', encodeURI(tag))).status).toBe(400);
  });

  const digestFor = async (name: string, tag: string) =>
    String((await getManifest(http, name, tag)).headers['docker-content-digest']);

  const sendTag = async (name: string, tag: string) =>
    http.send('PUT', `/v2/${name}/manifests/${tag}`, {
      headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      body: '{}',
    });

  it('47: a blob is not found under the digest of another kind', async () => {
    const bytes = freshBytes();
    await sendBlob(http, 'acme/kinds', bytes, 'put', digestOf(bytes));
    const confused = `sha512:${digestOf(bytes).slice(7).repeat(2)}`;
    expect((await headBlob(http, 'acme/kinds', confused)).status).toBe(404);
  });
});
