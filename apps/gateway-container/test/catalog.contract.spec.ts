import type { Account } from '@packhouse/contracts';
import { actorOf, basic, bearer, TokenWorld } from './support/token-world';

jest.setTimeout(60_000);

const names = ['acme', 'acme-labs', 'acme0', 'Zed'].map((login) => login.toLowerCase());
let world: TokenWorld;
let owner: Account;
let token: string;
let accounts: Account[];

beforeAll(async () => {
  world = await TokenWorld.start();
  owner = await world.user('olga');
  accounts = [];
  for (const login of ['acme', 'acme-labs', 'acme0', 'Zed']) {
    const account = await world.organization(login, owner);
    accounts.push(account);
    await world.image(account, 'app', { visibility: 'public' });
    for (const name of ['app-2', 'app/part', 'app.x']) await world.image(account, name);
  }
  const { repository } = await world.auth.createRepository({ ownerId: owner.id, name: 'site' });
  await world.image(owner, 'site/web', { repositoryId: repository.id });
  token = await world.token(owner);
});
afterAll(() => world?.stop());

const ofAll = (images: readonly string[]): string[] =>
  names.flatMap((login) => images.map((image) => `${login}/${image}`)).sort();

const path = '/v2/_catalog';

async function list(authorization: string, query: string): Promise<{ names: string[]; isEnd: boolean }> {
  const issued = await world.tokenFor(['registry:catalog:*'], authorization);
  const answer = await world.call(`${path}?${query}`, { headers: { authorization: bearer(issued) } });
  expect(answer.status).toBe(200);
  return { names: answer.json['repositories'] as string[], isEnd: answer.headers.get('link') === null };
}

describe('the list of repositories', () => {
  const mine = (): string => basic('x', token);

  it('has every name that the caller may read, in the order of their bytes, of this registry only', async () => {
    const all = ofAll(['app', 'app-2', 'app.x', 'app/part']);
    expect(all.indexOf('acme-labs/app')).toBeLessThan(all.indexOf('acme/app'));
    expect(await list(mine(), 'n=1000')).toEqual({ names: all, isEnd: true });
    const stranger = basic('x', await world.token(await world.user('sam')));
    expect(await list(stranger, 'n=1000')).toEqual({ names: ofAll(['app']), isEnd: true });
    const weak = basic('x', await world.token(owner, ['read:user']));
    expect(await list(weak, 'n=1000')).toEqual({ names: ofAll(['app']), isEnd: true });
  });

  it('comes in pages that begin behind a name, which need not be there', async () => {
    const all = ofAll(['app', 'app-2', 'app.x', 'app/part']);
    for (const size of [1, 3, 4, 100]) {
      const found: string[] = [];
      for (let isEnd = false; !isEnd;) {
        const last = found.at(-1);
        const page = await list(
          mine(),
          `n=${size}${last === undefined ? '' : `&last=${encodeURIComponent(last)}`}`,
        );
        found.push(...page.names);
        isEnd = page.isEnd;
      }
      expect(found).toEqual(all);
    }
    const behind = async (last: string): Promise<string | undefined> =>
      (await list(mine(), `n=1&last=${encodeURIComponent(last)}`)).names[0];
    expect(await behind('acme')).toBe('acme-labs/app');
    expect(await behind('acme/')).toBe('acme/app');
    expect(await behind('acme/app-1')).toBe('acme/app-2');
    expect(await behind('acme/zzz')).toBe('acme0/app');
    expect(await behind('~')).toBeUndefined();
    expect(await list(mine(), 'n=0')).toEqual({ names: [], isEnd: true });
    expect((await list(mine(), 'n=1000000000')).names).toHaveLength(16);
  });

  it('follows owners to their new names, and forgets what is deleted', async () => {
    const zed = accounts[3]!;
    await world.auth.renameAccount({ accountId: zed.id, login: 'aaa', actor: actorOf(owner.id) });
    const found = await list(mine(), 'n=1000');
    expect(found.names.slice(0, 2)).toEqual(['aaa/app', 'aaa/app-2']);
    const { package: image } = await world.metadata.findPackage({
      ...{ format: 'container', ownerId: zed.id, nameKey: 'app' },
    });
    await world.metadata.removePackage({
      ...{ packageId: image!.id, expectedRevision: image!.revision, actor: actorOf(owner.id) },
    });
    expect((await list(mine(), 'n=1000')).names[0]).toBe('aaa/app-2');
  });

  it('is nothing for who did not sign in', async () => {
    const anonymous = await world.tokenFor(['registry:catalog:*']);
    for (const authorization of [undefined, bearer(anonymous), bearer(await world.tokenFor([], mine()))]) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const answer = await world.call(`${path}?n=10`, { headers });
      expect([answer.status, answer.failure.code]).toEqual([401, 'UNAUTHORIZED']);
      expect(answer.headers.get('www-authenticate')).toContain('scope="registry:catalog:*"');
    }
  });
});
