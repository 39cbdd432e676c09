import type { Account, CommitVersionRequest } from '@packhouse/contracts';
import { newId, sha256Hex } from '@packhouse/kernel';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/testing';
import { Client } from 'pg';
import { actorOf, basic, bearer, TokenWorld, type Answer } from './support/token-world';

jest.setTimeout(60_000);

const digestOf = (text: string): string => `sha256:${sha256Hex(text)}`;
const names = ['acme', 'acme-labs', 'acme0', 'Zed'].map((login) => login.toLowerCase());
let postgres: ScratchPostgres;
let database: string;
let world: TokenWorld;
let owner: Account;
let token: string;
let accounts: Account[];

beforeAll(async () => {
  postgres = await startScratchPostgres();
  database = await postgres.createDatabase();
  world = await TokenWorld.start({ PACKHOUSE_DATABASE_URL: database });
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
afterAll(async () => {
  await world?.stop();
  await postgres?.stop();
});

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

/** Copies of one referrer, and tags, as a publish writes them: thousands of publishes would take minutes. */
const manyReferrers = `
  WITH model AS (
    SELECT v.*, r.target, f.body FROM metadata.version v JOIN metadata.version_relation r ON r.version_id = v.id
      JOIN metadata.version_fragment f ON f.version_id = v.id AND f.kind = 'descriptor'
    WHERE v.version = $1
  ),
  made AS (
    INSERT INTO metadata.version (id, package_id, version, identity, sort_key, publisher_id, published_at,
      published_revision, changed_revision, is_part)
    SELECT gen_random_uuid(), package_id, name, name, sort_key, publisher_id, published_at, published_revision + n,
      changed_revision, true
    FROM model, generate_series(1, $2::int) n,
      LATERAL (SELECT 'sha256:' || encode(sha256(convert_to('referrer ' || n, 'UTF8')), 'hex') AS name) named
    RETURNING id, package_id, version, published_revision
  ),
  related AS (
    INSERT INTO metadata.version_relation (version_id, kind, target, package_id, place, published_revision)
    SELECT made.id, 'about', target, made.package_id, 0, made.published_revision FROM made, model
  )
  INSERT INTO metadata.version_fragment (version_id, kind, body, wire_size)
  SELECT made.id, 'descriptor', replace(body, $1, made.version), length(body) FROM made, model`;
const manyTags = `
  INSERT INTO metadata.tag (package_id, name, version_id)
  SELECT package_id, 'v' || lpad(n::text, 5, '0'), id FROM metadata.version, generate_series($2::int - 1, 0, -1) n
  WHERE version = $1`;

describe('long lists of one image', () => {
  const TAGS = 2500;
  const REFERRERS = 5000;
  const subject = digestOf('the image');
  let authorization: string;

  beforeAll(async () => {
    await publish('the image', {});
    const first = digestOf('referrer 0');
    const annotations = { 'org.example.text': 'x'.repeat(1500) };
    await publish('referrer 0', {
      about: [subject],
      fragments: { descriptor: JSON.stringify({ digest: first, annotations }) },
    });
    const sql = new Client({ connectionString: database });
    await sql.connect();
    await sql.query(manyReferrers, [first, REFERRERS - 1]);
    await sql.query(manyTags, [subject, TAGS]);
    await sql.end();
    authorization = bearer(await world.tokenFor(['repository:olga/long:pull'], basic('x', token)));
  });

  const tagOf = (index: number): string => `v${String(index).padStart(5, '0')}`;

  const publish = (content: string, more: Partial<CommitVersionRequest>) =>
    world.metadata.commitVersion({
      ...{ format: 'container', ownerId: owner.id, contentAddressed: true },
      package: { name: 'long', nameKey: 'long', ownerLogin: owner.login, visibility: 'private' },
      version: { id: newId(), version: digestOf(content), identity: digestOf(content), sortKey: '1' },
      files: [
        { name: digestOf(content), size: 2, contentType: 'x/y', digests: { sha256: sha256Hex(content) } },
      ],
      ...{ fragments: {}, properties: {}, tags: [], actor: actorOf(owner.id) },
      ...more,
    });

  const read = (path: string) => world.call(path, { headers: { authorization } });
  const nextOf = ({ headers }: Answer): string =>
    /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] ?? '';

  it(`31: ${REFERRERS} referrers come in pages of less than 4 MiB, each once`, async () => {
    const seen: string[] = [];
    let pages = 0;
    for (let next = `/v2/olga/long/referrers/${subject}`; next !== '' && pages < 20; pages += 1) {
      const page = await read(next);
      expect([page.status, page.headers.get('content-type')]).toEqual([
        200,
        'application/vnd.oci.image.index.v1+json',
      ]);
      expect(Buffer.byteLength(page.text)).toBeLessThan(4 << 20);
      seen.push(...(page.json['manifests'] as { digest: string }[]).map(({ digest }) => digest));
      next = nextOf(page);
    }
    expect(pages).toBeGreaterThan(1);
    expect(seen).toHaveLength(REFERRERS);
    expect(new Set(seen)).toEqual(
      new Set(Array.from({ length: REFERRERS }, (_, index) => digestOf(`referrer ${index}`))),
    );
  });

  it(`32: ${TAGS} tags come sorted, at once or by the hundred, behind a tag that need not be there, or not at all`, async () => {
    const all = Array.from({ length: TAGS }, (_, index) => tagOf(index));
    const list = '/v2/olga/long/tags/list';
    const whole = await read(list);
    expect([whole.json, nextOf(whole)]).toEqual([{ name: 'olga/long', tags: all }, '']);
    const seen: string[] = [];
    let pages = 0;
    for (let next = `${list}?n=100`; next !== '' && pages < 100; pages += 1) {
      const page = await read(next);
      seen.push(...(page.json['tags'] as string[]));
      next = nextOf(page);
      if (next !== '') expect(next).toBe(`${list}?n=100&last=${tagOf(pages * 100 + 99)}`);
    }
    expect([seen, pages]).toEqual([all, TAGS / 100]);
    expect((await read(`${list}?n=2&last=v00010x`)).json['tags']).toEqual(['v00011', 'v00012']);
    const none = await read(`${list}?n=0`);
    expect([none.json['tags'], nextOf(none)]).toEqual([[], '']);
  });
});
