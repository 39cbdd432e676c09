import { billingContract, type Account, type PackageFacts } from '@packhouse/contracts';
import { toShared } from '@packhouse/gateway-kit';
import { buildHelloImage, OciHttp, pushImage, sendBlob } from '@packhouse/testing';
import { actorOf, basic, bearer, password, TokenWorld, type Answer } from './support/token-world';

jest.setTimeout(60_000);

let world: TokenWorld;
let owner: Account;
let member: Account;
let acme: Account;
let hidden: PackageFacts;
let ownerToken: string;
let host: string;

beforeAll(async () => {
  world = await TokenWorld.start();
  [owner, member] = [await world.user('olga'), await world.user('max')];
  acme = await world.organization('acme', owner);
  await world.auth.setMember({ organizationId: acme.id, accountId: member.id, role: 'member' });
  const policy = { createPublic: false, createPrivate: false, createInternal: false };
  await world.auth.setOrganizationPolicy({ organizationId: acme.id, policy, actor: actorOf(owner.id) });
  await world.image(acme, 'open', { visibility: 'public' });
  hidden = await world.image(acme, 'hidden');
  ownerToken = await world.token(owner);
  host = new URL(world.url).host;
});
afterAll(() => world?.stop());

const challenge = (rest: string): string => `Bearer realm="${world.url}/v2/token",service="${host}"${rest}`;
const wanted = (answer: Answer): [number, string | null] => [
  answer.status,
  answer.headers.get('www-authenticate'),
];
const all = (name: string): string => `repository:${name}:*`;
const anyOf = (authorization?: string): Promise<Answer> =>
  world.call('/_probe/container/any', { headers: authorization === undefined ? {} : { authorization } });

describe('a caller of a registry', () => {
  it('is sent for a token when it brings nothing, also to a public image, and to the root without a scope', async () => {
    expect(wanted(await world.probe('acme/open', 'pull'))).toEqual([
      401,
      challenge(',scope="repository:acme/open:pull"'),
    ]);
    const root = await anyOf();
    expect(wanted(root)).toEqual([401, challenge('')]);
    expect(root.failure.code).toBe('UNAUTHORIZED');
    expect(root.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    expect(root.headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('may drop what it uploaded to a name of its own before there is an image, and nothing of an image by that', async () => {
    const token = await world.tokenFor([all('olga/new'), all('acme/hidden')], basic(owner.login, ownerToken));
    expect((await world.probe('olga/new', 'delete', bearer(token))).json).toMatchObject({ exists: false });
    const weak = await world.token(owner, ['write:packages']);
    const pushing = await world.tokenFor([all('olga/new'), all('acme/hidden')], basic(owner.login, weak));
    expect((await world.probe('olga/new', 'delete', bearer(pushing))).status).toBe(200);
    expect((await world.probe('acme/hidden', 'delete', bearer(pushing))).status).toBe(401);
  });

  it('pulls a public image with a token for which nobody signed in', async () => {
    const token = await world.tokenFor(['repository:acme/open:pull']);
    expect((await world.probe('acme/open', 'pull', bearer(token))).json).toMatchObject({
      ...{ login: null, exists: true },
    });
    expect((await anyOf(bearer(token))).status).toBe(200);
    expect(wanted(await world.probe('acme/open', 'pull,push', bearer(token)))).toEqual([
      401,
      challenge(',scope="repository:acme/open:pull,push",error="insufficient_scope"'),
    ]);
  });

  it('pushes where it may, to names that are new as well, and pulls them before anything is there', async () => {
    const token = await world.tokenFor([all('acme/hidden'), all('acme/new')], basic('olga', ownerToken));
    const answer = async (name: string, actions: string): Promise<unknown> =>
      (await world.probe(name, actions, bearer(token))).json;
    expect(await answer('acme/hidden', 'pull,push')).toMatchObject({ login: 'olga', exists: true });
    expect(await answer('acme/hidden', 'delete')).toMatchObject({ login: 'olga', exists: true });
    expect(await answer('acme/new', 'pull,push')).toMatchObject({ login: 'olga', exists: false });
    expect(await answer('acme/new', 'pull')).toMatchObject({ login: 'olga', exists: false });
    expect((await world.probe('olga/new', 'delete', bearer(token))).status).toBe(401);
  });

  it('uses a token for the repository that it names and for no other, whoever holds it', async () => {
    const token = await world.tokenFor(['repository:acme/open:pull'], basic('olga', ownerToken));
    for (const [name, actions] of [
      ['acme/hidden', 'pull'],
      ['acme/open', 'pull,push'],
      ['acme/open', 'delete'],
      ['acme/open/sub', 'pull'],
    ] as const)
      expect(wanted(await world.probe(name, actions, bearer(token)))).toEqual([
        401,
        challenge(`,scope="repository:${name}:${actions}",error="insufficient_scope"`),
      ]);
  });

  it('without the right is told what is missing, and the same of a hidden image as of none', async () => {
    const stranger = await world.user('sam');
    const secret = await world.token(stranger);
    const names = ['acme/hidden', 'acme/absent'];
    for (const actions of ['pull', 'pull,push', 'delete']) {
      for (const authorization of [
        undefined,
        basic('sam', secret),
        basic('max', await world.token(member)),
      ]) {
        const seen = [];
        for (const name of names) {
          const token = await world.tokenFor([`repository:${name}:${actions}`], authorization);
          const { status, headers, text } = await world.probe(name, actions, bearer(token));
          const challenged = headers.get('www-authenticate');
          seen.push(
            JSON.stringify({ status, challenged, text }).replaceAll(name.split('/')[1] ?? '', 'NAME'),
          );
        }
        expect(seen[0]).toBe(seen[1]);
        expect(seen[0]).toContain('insufficient_scope');
        expect(seen[0]).toMatch(authorization === undefined ? /Sign in/ : /ask|lacks/);
      }
    }
    const direct = await Promise.all(names.map((name) => world.probe(name, 'pull', bearer(secret))));
    expect(direct.map(({ status }) => status)).toEqual([404, 404]);
    expect(direct[0]!.text.replaceAll('hidden', 'NAME')).toBe(direct[1]!.text.replaceAll('absent', 'NAME'));
  });

  it('costs the permission service the same questions for a hidden image as for none', async () => {
    const curious = await world.token(await world.user('curious'));
    const auth = world.auth as { decide: typeof world.auth.decide };
    const { decide } = auth;
    const asked: number[] = [];
    try {
      for (const name of ['acme/hidden', 'acme/absent']) {
        // What is known of names is remembered for both alike.
        await world.ask([all(name)], basic('x', curious));
        let count = 0;
        auth.decide = (request) => {
          count += 1;
          return decide(request);
        };
        await world.ask([all(name)], basic('x', curious));
        await world.ask([`repository:${name}:pull`], basic('x', curious));
        await world.ask([`repository:${name}:pull`]);
        asked.push(count);
      }
    } finally {
      auth.decide = decide;
    }
    expect(asked[0]).toBeGreaterThan(3);
    expect(asked[0]).toBe(asked[1]);
  });

  it('may send an access token itself, as it is or in base64, or by Basic, with the rights of that one', async () => {
    const reading = await world.token(owner, ['read:packages']);
    const inBase64 = bearer(Buffer.from(reading).toString('base64'));
    for (const authorization of [bearer(reading), inBase64, basic('any', reading), `bearer  ${reading}`]) {
      expect((await world.probe('acme/hidden', 'pull', authorization)).json).toMatchObject({ login: 'olga' });
      const refused = await world.probe('acme/hidden', 'pull,push', authorization);
      expect([refused.status, refused.failure.code]).toEqual([403, 'DENIED']);
      expect(refused.failure.message).toContain('write:packages');
    }
    expect((await world.probe('acme/hidden', 'pull', basic('olga', password))).status).toBe(200);
  });

  it.each([
    ['an unknown access token', 'Bearer ph_0000000000000000000000000000000000000tw5by'],
    ['nonsense', 'Bearer nonsense'],
    ['nonsense that looks like a token', `Bearer eyJ${'a'.repeat(50)}.e30.x`],
    ['a very long token', `Bearer eyJ${'a'.repeat(12_000)}.e30.x`],
    ['a wrong password', basic('olga', 'wrong')],
    ['another scheme', 'Digest username="olga"'],
  ])('with %s is never taken for nobody', async (_what, authorization) => {
    expect(wanted(await world.probe('acme/open', 'pull', authorization))).toEqual([
      401,
      challenge(',scope="repository:acme/open:pull",error="invalid_token"'),
    ]);
  });
});

describe('a token that was given out', () => {
  it('ends in the moment in which the access token behind it is revoked', async () => {
    const { token, info } = await world.makeToken(owner.id);
    const issued = await world.tokenFor([all('acme/hidden')], basic('x', token));
    for (const actions of ['pull', 'pull,push']) await world.probe('acme/hidden', actions, bearer(issued));
    await world.auth.revokeToken({ accountId: owner.id, tokenId: info.id, actor: actorOf(owner.id) });
    for (const actions of ['pull', 'pull,push'])
      expect(wanted(await world.probe('acme/hidden', actions, bearer(issued)))).toEqual([
        401,
        challenge(`,scope="repository:acme/hidden:${actions}",error="invalid_token"`),
      ]);
    expect((await anyOf(bearer(issued))).status).toBe(401);
  });

  it('ends with the password behind it', async () => {
    const user = await world.user('changing');
    const issued = await world.tokenFor([all('changing/app')], basic('changing', password));
    expect((await world.probe('changing/app', 'pull,push', bearer(issued))).status).toBe(200);
    const change = { accountId: user.id, oldPassword: password, newPassword: 'another-long-password' };
    await world.auth.changePassword({ ...change, actor: actorOf(user.id) });
    expect((await world.probe('changing/app', 'pull,push', bearer(issued))).status).toBe(401);
  });

  it('does nothing any more that its holder lost the right to', async () => {
    const grant = { ...toShared(hidden), accountId: member.id, actor: actorOf(owner.id) };
    await world.auth.setGrant({ ...grant, role: 'write' });
    const issued = await world.tokenFor([all('acme/hidden')], basic('x', await world.token(member)));
    expect((await world.probe('acme/hidden', 'pull,push', bearer(issued))).status).toBe(200);
    await world.auth.setGrant({ ...grant, role: 'read' });
    expect((await world.probe('acme/hidden', 'pull', bearer(issued))).status).toBe(200);
    const push = await world.probe('acme/hidden', 'pull,push', bearer(issued));
    expect([push.status, push.failure.message]).toEqual([
      401,
      expect.stringMatching(/lacks the grant "write"/),
    ]);
    await world.auth.removeGrant({ ...toShared(hidden), accountId: member.id, actor: grant.actor });
    expect((await world.probe('acme/hidden', 'pull', bearer(issued))).status).toBe(401);
  });

  it('does not learn of rights that its holder got later, and says how', async () => {
    const image = await world.image(acme, 'later');
    const authorization = basic('x', await world.token(member));
    const issued = await world.tokenFor(['repository:acme/later:pull'], authorization);
    const refused = await world.probe('acme/later', 'pull', bearer(issued));
    expect(refused.failure.message).toMatch(/There is no package "later"/);
    await world.auth.setGrant({
      ...toShared(image),
      ...{ accountId: member.id, role: 'read', actor: actorOf(owner.id) },
    });
    expect(wanted(await world.probe('acme/later', 'pull', bearer(issued)))).toEqual([
      401,
      challenge(',scope="repository:acme/later:pull",error="insufficient_scope"'),
    ]);
    const fresh = await world.tokenFor(['repository:acme/later:pull'], authorization);
    expect((await world.probe('acme/later', 'pull', bearer(fresh))).status).toBe(200);
  });

  it('is known without asking from its second use on, until anything behind it changes', async () => {
    const { token, info } = await world.makeToken(owner.id, ['read:packages']);
    const issued = await world.tokenFor(['repository:acme/hidden:pull'], basic('x', token));
    const cases = [
      ['acme/hidden', issued],
      ['acme/hidden', token],
      ['acme/open', await world.tokenFor(['repository:acme/open:pull'])],
    ] as const;
    for (const [name, one] of cases) {
      await world.probe(name, 'pull', bearer(one));
      expect((await world.probe(name, 'pull', bearer(one))).json).toMatchObject({ warm: true });
    }
    await world.auth.revokeToken({ accountId: owner.id, tokenId: info.id, actor: actorOf(owner.id) });
    for (const one of [issued, token])
      expect((await world.probe('acme/hidden', 'pull', bearer(one))).status).toBe(401);
  });
});

describe('the older registry', () => {
  it('has tokens of its own, and images of repositories', async () => {
    const { repository } = await world.auth.createRepository({ ownerId: acme.id, name: 'Site' });
    await world.image(acme, 'site/web', { repositoryId: repository.id });
    const asked = [all('acme/site/web'), all('acme/site/new'), all('acme/nothing/new'), all('acme/site')];
    const token = await world.tokenFor(asked, basic('x', ownerToken), '/_registry/docker');
    const probe = (name: string, actions: string, one = token): Promise<Answer> =>
      world.probe(name, actions, bearer(one), 'docker');
    expect((await probe('acme/site/web', 'pull,push')).json).toMatchObject({ exists: true });
    expect((await probe('acme/site/new', 'pull,push')).json).toMatchObject({ exists: false });
    const nowhere = await probe('acme/nothing/new', 'pull,push');
    expect([nowhere.status, nowhere.failure.message]).toEqual([
      401,
      expect.stringContaining('no repository'),
    ]);
    expect(nowhere.headers.get('www-authenticate')).toContain(`realm="${world.url}/_registry/docker/token"`);
    expect((await world.probe('acme/open', 'pull', bearer(token))).headers.get('www-authenticate')).toContain(
      'invalid_token',
    );
    const other = await world.tokenFor([all('acme/site/web')], basic('x', ownerToken));
    expect((await probe('acme/site/web', 'pull', other)).status).toBe(401);
    // A token without the scope "repo" reaches no private package of a repository.
    const weak = await world.token(owner, ['write:packages']);
    const weaker = await world.tokenFor(asked, basic('x', weak), '/_registry/docker');
    expect((await probe('acme/site/web', 'pull', weaker)).failure.message).toContain('"repo"');
  });

  it('says the same of a hidden repository as of none', async () => {
    await world.auth.createRepository({ ownerId: acme.id, name: 'secret-code' });
    const authorization = basic('x', await world.token(await world.user('nosy')));
    const seen = [];
    for (const repository of ['secret-code', 'absent-code']) {
      const scope = all(`acme/${repository}/web`);
      const token = await world.tokenFor([scope], authorization, '/_registry/docker');
      const answer = await world.probe(`acme/${repository}/web`, 'pull,push', bearer(token), 'docker');
      seen.push(JSON.stringify(wanted(answer)) + answer.text.replaceAll(repository, 'CODE'));
    }
    expect(seen[0]!.replaceAll('secret-code', 'CODE')).toBe(seen[1]!.replaceAll('absent-code', 'CODE'));
  });
});

describe('an owner', () => {
  it('without a limit of storage costs pushes one question about it, and with one it counts at once', async () => {
    const asked = world.watch(billingContract);
    const http = new OciHttp(world.url, { login: owner.login, secret: ownerToken });
    for (const name of ['one', 'two', 'three'])
      await pushImage(http, 'olga/unlimited', await buildHelloImage(name, { layers: 2 }), name);
    await sendBlob(http, 'olga/unlimited', Buffer.alloc(1_000_000, 'x'), 'stream');
    expect(asked).toEqual(['findStorageLimit']);
    const billing = world.billing;
    await billing.setStorageLimit({ ownerId: owner.id, bytes: 10, actor: actorOf(owner.id) });
    asked.length = 0;
    const refused = await sendBlob(http, 'olga/unlimited', Buffer.alloc(1_000_000, 'y'), 'put');
    expect(refused).toMatchObject({ status: 403, codes: ['DENIED'] });
    expect(asked).toEqual(['findStorageLimit', 'reserveStorage', 'releaseStorage']);
  });
});
