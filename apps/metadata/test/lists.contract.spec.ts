import { nothingReadable, type Readable } from '@packhouse/contracts';
import { newId } from '@packhouse/kernel';
import { alice, commitOf, newOwner } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

let metadata: StartedMetadata;

beforeAll(async () => {
  metadata = await startMetadata();
}, 120_000);
afterAll(() => metadata.stop());

type ListRequest = Parameters<StartedMetadata['client']['listPackagesOf']>[0];

async function names(request: Omit<ListRequest, 'readable'> & { readable?: Readable }) {
  const { total, items } = await metadata.client.listPackagesOf({ readable: nothingReadable, ...request });
  return { total, names: items.map(({ name }) => name) };
}

describe('lists of packages', () => {
  const [owner, beta] = [newOwner(), newOwner()];
  const repositoryId = newId();
  const ids = new Map<string, string>();

  beforeAll(async () => {
    const kinds = [
      ['open', 'public', null, false],
      ['club', 'internal', null, false],
      ['mine', 'private', null, false],
      ['code', 'private', repositoryId, true],
      ['solo', 'private', repositoryId, false],
    ] as const;
    for (const [name, visibility, repository, inheritsAccess] of kinds) {
      const request = commitOf(owner, { name });
      const place = { ...request.package, visibility, repositoryId: repository, inheritsAccess };
      ids.set(name, (await metadata.client.commitVersion({ ...request, package: place })).package.id);
    }
    await metadata.client.commitVersion({ ...commitOf(owner, { name: 'other' }), format: 'box' });
    await metadata.client.commitVersion(commitOf(beta, { name: 'beta', visibility: 'public' }));
  });

  it('show strangers what is public, and each other caller what the conditions add, no more', async () => {
    const list = async (readable: Partial<Readable>) => {
      const answer = await names({
        ownerIds: [owner],
        readable: { ...nothingReadable, ...readable },
        orderBy: 'name',
        direction: 'asc',
      });
      expect(answer.total).toBe(answer.names.length);
      return answer.names;
    };
    expect(await list({})).toEqual(['open']);
    expect(await list({ internalOwnerIds: [owner] })).toEqual(['club', 'open']);
    expect(await list({ repositoryIds: [repositoryId] })).toEqual(['code', 'open']);
    expect(await list({ packageIds: [ids.get('solo')!, ids.get('code')!, ids.get('club')!] })).toEqual([
      'club',
      'open',
      'solo',
    ]);
    expect(await list({ inheritingOwnerIds: [owner], workflowPackageIds: [ids.get('code')!] })).toEqual([
      'code',
      'open',
    ]);
    const one = ids.get('solo')!;
    expect(await list({ packageIds: [one], workflowPackageIds: [one, ids.get('mine')!] })).toEqual([
      'mine',
      'open',
      'solo',
    ]);
    expect(await list({ everything: true, disabledFormats: ['toy'] })).toEqual(['other']);
    const all = ['club', 'code', 'mine', 'open', 'other', 'solo'];
    expect(await list({ ownerIds: [owner] })).toEqual(all);
    expect(await list({ everything: true })).toEqual(all);
    expect(await list({ everything: true, namePatterns: ['c*'] })).toEqual(['club', 'code', 'open']);
    expect(await list({ ownerIds: [beta] })).toEqual(['open']);
  });

  it('are in the order asked for, and their pages are parts of one list', async () => {
    const readable = { ...nothingReadable, everything: true };
    const byCreation = ['open', 'club', 'mine', 'code', 'solo', 'other'];
    const all = { ownerIds: [owner], readable };
    expect((await names({ ...all, direction: 'asc' })).names).toEqual(byCreation);
    expect((await names(all)).names).toEqual([...byCreation].reverse());
    const pages: string[] = [];
    for (let offset = 0; offset < 8; offset += 2) {
      const page = await names({ ...all, direction: 'asc', offset, limit: 2 });
      expect(page.total).toBe(6);
      pages.push(...page.names);
    }
    expect(pages).toEqual(byCreation);
    expect(await names({ ...all, countUpTo: 4, limit: 0 })).toEqual({ total: 4, names: [] });
  });

  it('of one visibility are there for who may read none of it, too', async () => {
    for (const visibility of ['public', 'internal', 'private'] as const) {
      const { total } = await names({ ownerIds: [owner, newOwner()], visibility });
      expect(total).toBe(visibility === 'public' ? 1 : 0);
      const readable = { ...nothingReadable, packageIds: [ids.get('solo')!] };
      const known = await names({ ownerIds: [owner, beta], visibility, readable });
      expect(known.total).toBe({ public: 2, internal: 0, private: 1 }[visibility]);
    }
  });

  it('are narrowed by format, visibility, name, repository and several owners', async () => {
    const readable = { ...nothingReadable, everything: true };
    const list = async (request: Omit<ListRequest, 'readable'>) =>
      (await names({ readable, orderBy: 'name', direction: 'asc', ...request })).names;
    expect(await list({ ownerIds: [owner], formats: ['box'] })).toEqual(['other']);
    expect(await list({ ownerIds: [owner], formats: [] })).toEqual([]);
    expect(await list({ ownerIds: [owner], visibility: 'internal' })).toEqual(['club']);
    expect(await list({ ownerIds: [owner], names: ['solo', 'beta'] })).toEqual(['solo']);
    expect(await list({ ownerIds: [owner, beta], visibility: 'public' })).toEqual(['beta', 'open']);
    expect(await list({ repositoryId })).toEqual(['code', 'solo']);
    expect((await names({ repositoryId })).names).toEqual([]);
    await expect(names({})).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('tell the deleted ones apart', async () => {
    const place = newOwner();
    const kept = await metadata.client.commitVersion(commitOf(place, { name: 'kept' }));
    const lost = await metadata.client.commitVersion(commitOf(place, { name: 'lost' }));
    await metadata.client.removePackage({ packageId: lost.package.id, actor: alice });
    const readable = { ...nothingReadable, ownerIds: [place] };
    expect(await names({ ownerIds: [place], readable })).toEqual({ total: 1, names: ['kept'] });
    expect(await names({ ownerIds: [place], readable, state: 'deleted' })).toEqual({
      total: 1,
      names: ['lost'],
    });
    expect(await names({ ownerIds: [place], state: 'deleted' })).toEqual({ total: 0, names: [] });
    const byNumber = (number: number, state: 'active' | 'deleted') =>
      metadata.client.findPackageByNumber({ number, state });
    expect((await byNumber(kept.package.number, 'active')).package?.name).toBe('kept');
    expect((await byNumber(lost.package.number, 'active')).package).toBeNull();
    expect((await byNumber(lost.package.number, 'deleted')).package?.name).toBe('lost');
  });

  it('find a package by the name of the API and by its own', async () => {
    const place = newOwner();
    const request = commitOf(place, { name: '@acme/lib' });
    const made = await metadata.client.commitVersion({
      ...request,
      package: { ...request.package, apiName: 'lib' },
    });
    for (const name of ['lib', '@acme/lib', 'LIB']) {
      const found = await metadata.client.findPackageByApiName({ ownerId: place, formats: ['toy'], name });
      expect(found.package).toMatchObject({ id: made.package.id, apiName: 'lib', name: '@acme/lib' });
    }
    for (const lookup of [
      { ownerId: place, formats: ['box'], name: 'lib' },
      { ownerId: newOwner(), formats: ['toy'], name: 'lib' },
      { ownerId: place, formats: ['toy'], name: 'li%' },
    ])
      expect(await metadata.client.findPackageByApiName(lookup)).toEqual({ package: null });
  });
});

describe('lists of versions', () => {
  it('are newest first, with publisher, texts, tags and downloads, and page by page', async () => {
    const { client } = metadata;
    const owner = newOwner();
    const readme = 'x'.repeat(9000);
    let packageId = '';
    let last = '';
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
      const packageProperties = { description: `about ${version}`, license: 'MIT', readme };
      const made = await client.commitVersion(commitOf(owner, { version, packageProperties }));
      packageId = made.package.id;
      last = made.versionId;
    }
    const items = [{ packageId, versionId: last, day: '2026-02-01', count: 3, tokenId: newId() }];
    await client.recordDownloads({ batchId: newId(), items: [...items, { ...items[0]!, tokenId: newId() }] });
    const { total, items: page } = await client.listVersionsOf({ packageId, limit: 2 });
    expect(total).toBe(3);
    expect(page.map(({ version }) => version)).toEqual(['3.0.0', '2.0.0']);
    expect(page[0]).toMatchObject({
      id: last,
      packageId,
      publisherId: alice.accountId,
      packageProperties: { description: 'about 3.0.0', license: 'MIT' },
      tags: ['latest'],
      downloads: 6,
      deletedAt: null,
    });
    expect(page[0]!.packageProperties).not.toHaveProperty('readme');
    const [whole] = (await client.getVersions({ ids: [last] })).versions;
    expect(whole!.packageProperties).toMatchObject({ readme });
    const second = await client.listVersionsOf({ packageId, limit: 2, offset: 2 });
    expect(second.items.map(({ version }) => version)).toEqual(['1.0.0']);
    const [summary] = (await client.summarizePackages({ ids: [packageId] })).packages;
    expect(summary).toMatchObject({ downloads: 6, versionCount: 3, latestVersionId: last });
    const number = page[1]!.number;
    expect((await client.findVersionByNumber({ number, packageId })).version?.version).toBe('2.0.0');
    expect(await client.findVersionByNumber({ number, packageId: newId() })).toEqual({ version: null });
  });
});

describe('links', () => {
  it('to a repository do not inherit its access until somebody says so', async () => {
    const { client } = metadata;
    const repositoryId = newId();
    const { package: made } = await client.commitVersion(commitOf(newOwner()));
    const packageId = made.id;
    const inherit = (inheritsAccess: boolean) =>
      client.setInheritance({ packageId, inheritsAccess, actor: alice });
    await expect(inherit(true)).rejects.toMatchObject({ code: 'invalid_request' });
    metadata.announced.length = 0;
    const linked = await client.linkRepository({ packageId, repositoryId, actor: alice });
    expect(linked.package).toMatchObject({ repositoryId, inheritsAccess: false });
    expect(metadata.announced).toContain(`access:${packageId}`);
    expect((await inherit(true)).package.inheritsAccess).toBe(true);
    const unlinked = await client.linkRepository({ packageId, repositoryId: null, actor: alice });
    expect(unlinked.package).toMatchObject({ repositoryId: null, inheritsAccess: false });
    const types = (await metadata.events(packageId)).map(({ type }) => type);
    expect(types.slice(2)).toEqual([
      'package.repository-linked',
      'package.access-mode-changed',
      'package.repository-linked',
      'package.access-mode-changed',
    ]);
  });
});

describe('lists of packages, by any conditions,', () => {
  it('are the same by the indexes as by looking at every package', async () => {
    const { client } = metadata;
    const owner = newOwner();
    const repositories = [newId(), newId()];
    const made: string[] = [];
    for (let index = 0; index < 24; index += 1) {
      const request = commitOf(owner, { name: `p${index}` });
      const visibility = (['public', 'internal', 'private'] as const)[index % 3]!;
      const repositoryId = [null, ...repositories][index % 4] ?? null;
      const place = { ...request.package, visibility, repositoryId };
      const scope = index % 5 === 0 && repositoryId ? ('repository' as const) : ('owner' as const);
      const inheritsAccess = repositoryId !== null && index % 2 === 0;
      const answer = await client.commitVersion({ ...request, package: { ...place, scope, inheritsAccess } });
      made.push(answer.package.id);
    }
    const some = <T>(values: readonly T[], bits: number) => values.filter((_, index) => (bits >> index) & 1);
    for (let bits = 0; bits < 128; bits += 1) {
      const readable: Readable = {
        ...nothingReadable,
        internalOwnerIds: some([owner], bits),
        inheritingOwnerIds: some([owner], bits >> 1),
        repositoryIds: some(repositories, bits >> 2),
        packageIds: some(made, bits * 7),
        workflowPackageIds: some(made, bits * 11),
        repositoryScoped: ((bits >> 4) & 1) === 0,
      };
      const request = { ownerIds: [owner], readable, limit: 100 };
      const fast = await client.listPackagesOf(request);
      // Patterns are what no index serves.
      const plain = await client.listPackagesOf({
        ...request,
        readable: { ...readable, namePatterns: ['*'] },
      });
      expect(fast).toEqual(plain);
    }
  });
});
