import { factKey, nothingReadable } from '@packhouse/contracts';
import { newId } from '@packhouse/kernel';
import { addressedOf, Boxes, digestOf, sha512Of } from './support/addressed';
import { alice, commitOf } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

jest.setTimeout(60_000);

let metadata: StartedMetadata;

beforeAll(async () => {
  metadata = await startMetadata();
}, 120_000);
afterAll(() => metadata.stop());

const eventsOf = async (id: string) => (await metadata.events(id)).map(({ type }) => type.slice(8));

describe('publishing what is named by its content', () => {
  it('makes an index one version of the package, whatever it contains', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('m left');
    await boxes.push('m right');
    expect(await boxes.listed()).toEqual(['m right', 'm left']);
    const made = await boxes.push('m', { contains: ['m left', 'm right'], tags: ['1.0', 'latest'] });
    expect(made).toMatchObject({ outcome: 'created', packageCreated: false, restored: false });
    expect(await boxes.listed()).toEqual(['m']);
    expect(await boxes.listed({ parts: true })).toEqual(['m', 'm right', 'm left']);
    expect(await boxes.versionCount()).toBe(1);
    expect(await boxes.readable()).toEqual(['m', 'm left', 'm right']);
  });

  it('refuses an index of what is not there, by name, and stores nothing', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('there');
    const wanted = addressedOf(boxes.ownerId, 'm', { contains: ['there', 'gone', 'never'], tags: ['1'] });
    await expect(metadata.client.commitVersion(wanted)).rejects.toMatchObject({
      code: 'invalid_package',
      details: { missing: [digestOf('gone'), digestOf('never')] },
    });
    expect(await boxes.listed()).toEqual(['there']);
    expect(await boxes.tagged('1')).toBeUndefined();
    const first = addressedOf(newId(), 'm', { contains: ['never'] });
    await expect(metadata.client.commitVersion(first)).rejects.toMatchObject({ code: 'invalid_package' });
    expect(
      (await metadata.client.findPackage({ format: 'boxes', ownerId: first.ownerId, nameKey: 'image' }))
        .package,
    ).toBeNull();
  });

  it('lets it contain what is missing where that is allowed, and takes it as a part once it comes', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('m', { contains: ['later'], allowMissingContained: true, tags: ['1'] });
    await boxes.push('later');
    expect(await boxes.listed()).toEqual(['m']);
    await expect(boxes.remove(['later'])).rejects.toMatchObject({ code: 'in_use' });
  });

  it('answers the same content again with `unchanged`, under its first id, and moves the tags all the same', async () => {
    const boxes = new Boxes(metadata.client);
    const first = await boxes.push('a', { tags: ['1'] });
    expect(await boxes.push('a', { tags: ['1'] })).toEqual({
      outcome: 'unchanged',
      versionId: first.versionId,
      package: first.package,
    });
    await boxes.push('b', { tags: ['2'] });
    const again = await boxes.push('a', { tags: ['1', '2', '3'] });
    expect(again).toMatchObject({ outcome: 'unchanged', package: { revision: 3 } });
    expect(await boxes.tagged('2')).toBe('a');
    expect(await boxes.tagged('3')).toBe('a');
    expect(await boxes.readable()).toEqual(['a', 'b']);
    expect(await eventsOf(boxes.packageId)).toEqual([
      'created',
      'version-published',
      'version-published',
      'changed',
    ]);
    expect((await metadata.events(boxes.packageId)).at(-1)?.payload).toMatchObject({
      ...{ change: 'tags', tags: ['2', '3'] },
    });
    const key = factKey.packageName('boxes', boxes.ownerId, 'image');
    expect(metadata.announced.filter((announced) => announced === key)).toHaveLength(3);
  });

  it('takes a signature that comes before what it is about', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('signature', { about: 'a' });
    expect(await boxes.listed()).toEqual(['signature']);
    await boxes.push('a', { tags: ['1'] });
    expect(await boxes.listed()).toEqual(['a']);
    expect(await boxes.versionCount()).toBe(1);
  });

  it('joins what names a version by its other digest to it, before it comes, while it is there or deleted', async () => {
    const boxes = new Boxes(metadata.client);
    const about = sha512Of('a');
    const countAbout = async (version: string) =>
      (await metadata.client.listAbout({ packageId: boxes.packageId, version })).items.length;
    const seen = async () => [await countAbout(about), await countAbout(digestOf('a')), await boxes.listed()];
    await boxes.push('m', { contains: [about, 'a'], allowMissingContained: true, tags: ['m'] });
    await boxes.push('early', { about });
    expect(await seen()).toEqual([1, 0, ['early', 'm']]);
    await boxes.push('a');
    await boxes.push('now', { about });
    expect([await seen(), await boxes.versionCount()]).toEqual([[2, 2, ['m']], 1]);
    await expect(boxes.remove(['early'], { keepParts: true })).rejects.toMatchObject({ code: 'in_use' });
    await boxes.remove(['m'], { allowEmpty: true });
    await boxes.push('late', { about });
    expect(await seen()).toEqual([1, 1, ['late']]);
    await boxes.restore('m');
    expect(await seen()).toEqual([3, 3, ['m']]);
    await expect(boxes.push('x', { about: sha512Of('x') })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('lists what lost its last tag to another, and hides what is a part again', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('child', { tags: ['amd64'] });
    await boxes.push('m', { contains: ['child'], tags: ['latest'] });
    expect(await boxes.listed()).toEqual(['m', 'child']);
    await boxes.push('n', { tags: ['amd64', 'latest'] });
    expect(await boxes.listed()).toEqual(['n', 'm']);
    await boxes.moveTag('amd64', 'child');
    expect(await boxes.listed()).toEqual(['n', 'm', 'child']);
    await boxes.removeTag('amd64');
    expect(await boxes.listed()).toEqual(['n', 'm']);
    expect(await boxes.versionCount()).toBe(2);
  });

  it('takes what only bears tags for another version as a part of that, whichever comes first', async () => {
    const boxes = new Boxes(metadata.client);
    const companion = (tag: string, of: string) => ({
      tags: [tag],
      companionTags: [{ tag, version: digestOf(of) }],
    });
    await boxes.push('signature', companion('a.sig', 'a'));
    expect(await boxes.listed()).toEqual(['signature']);
    await boxes.push('a', { tags: ['1'], headTag: '1' });
    await boxes.push('list', { ...companion('a.list', 'a'), contains: ['signature'] });
    expect(await boxes.listed()).toEqual(['a']);
    expect(await boxes.versionCount()).toBe(1);
    expect(await boxes.listed({ parts: true })).toEqual(['list', 'a', 'signature']);
    expect((await metadata.client.listTags({ packageId: boxes.packageId })).items).toEqual([
      '1',
      'a.list',
      'a.sig',
    ]);
    const { items } = await metadata.client.listAbout({ packageId: boxes.packageId, version: digestOf('a') });
    expect(items).toEqual([]);
    await boxes.remove(['a'], { allowEmpty: true });
    expect(await boxes.readable()).toEqual([]);
    await boxes.restore('a');
    expect(await boxes.readable()).toEqual(['a', 'list', 'signature']);
    expect([await boxes.tagged('a.sig'), await boxes.listed()]).toEqual(['signature', ['a']]);
    await boxes.moveTag('2', 'signature');
    expect([await boxes.listed(), await boxes.versionCount()]).toEqual([['a', 'signature'], 2]);
    await boxes.remove(['a']);
    expect(await boxes.readable()).toEqual(['signature']);
  });

  it('keeps numbered and content-addressed versions apart, and relations to the latter', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('a');
    const numbered = { ...commitOf(boxes.ownerId, { name: 'image' }), format: 'boxes' };
    await expect(metadata.client.commitVersion(numbered)).rejects.toMatchObject({ code: 'invalid_request' });
    const related = { ...addressedOf(newId(), 'x', { about: 'y' }), contentAddressed: false };
    await expect(metadata.client.commitVersion(related)).rejects.toMatchObject({ code: 'invalid_request' });
    const itself = addressedOf(newId(), 'x', { contains: ['x'], allowMissingContained: true });
    await expect(metadata.client.commitVersion(itself)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('lets what was pushed last to speak do so, and what is left when that goes', async () => {
    const boxes = new Boxes(metadata.client);
    const described = async () => {
      const { properties } = await metadata.client.describePackage({ packageId: boxes.packageId });
      const { packages } = await metadata.client.summarizePackages({ ids: [boxes.packageId] });
      const { versions } = await metadata.client.findHeadVersions({ packageIds: [boxes.packageId] });
      const { items } = await metadata.client.searchPackages({
        ...{ text: 'image', ownerIds: [boxes.ownerId] },
        readable: { ...nothingReadable, ownerIds: [boxes.ownerId] },
      });
      const latest = packages[0]?.latestVersionId;
      expect(versions[0]?.id).toBe(latest);
      const text = [...boxes.ids].find(([, id]) => id === latest)?.[0];
      expect(items[0]?.latest?.version).toBe(digestOf(text ?? ''));
      return [properties.description, text];
    };
    await boxes.push('first');
    expect(await described()).toEqual(['about first', 'first']);
    await boxes.push('a', { tags: ['1'], headTag: '1' });
    await boxes.push('b', { tags: ['2'], headTag: '2' });
    await boxes.push('signature of b', { tags: ['sha256-b.sig'] });
    expect(await described()).toEqual(['about b', 'b']);
    await boxes.push('child');
    await boxes.push('m', { contains: ['child'], tags: ['3'], headTag: '3' });
    expect(await described()).toEqual(['about m', 'm']);
    await boxes.push('a', { tags: ['4'], headTag: '4' });
    expect(await described()).toEqual(['about a', 'a']);
    await boxes.removeTag('4');
    expect(await described()).toEqual(['about m', 'm']);
    await boxes.remove(['m']);
    expect(await described()).toEqual(['about b', 'b']);
    await boxes.restore('m');
    expect(await described()).toEqual(['about m', 'm']);
  });

  it('never puts a tag where nobody pushed it, whatever is deleted', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('a', { tags: ['1'], headTag: '1' });
    await boxes.push('b', { tags: ['latest', '2'], headTag: 'latest' });
    await boxes.remove(['b']);
    expect(await boxes.tagged('latest')).toBeUndefined();
    expect((await metadata.client.listTags({ packageId: boxes.packageId })).items).toEqual(['1']);
    await boxes.restore('b');
    expect((await metadata.client.listTags({ packageId: boxes.packageId })).items).toEqual([
      '1',
      '2',
      'latest',
    ]);
    const other = addressedOf(boxes.ownerId, 'c', { tags: ['3'], headTag: 'latest' });
    await expect(metadata.client.commitVersion(other)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('deleting what others need', () => {
  it('takes the parts of an index along and leaves those of others', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('shared');
    await boxes.push('own');
    await boxes.push('tagged', { tags: ['amd64'] });
    await boxes.push('m', { contains: ['shared', 'own', 'tagged'], tags: ['1'] });
    await boxes.push('n', { contains: ['shared'], tags: ['2'] });
    await boxes.push('signature', { about: 'm' });
    await boxes.push('countersignature', { about: 'signature' });
    await boxes.push('sbom of own', { about: 'own' });
    expect(await boxes.listed()).toEqual(['n', 'm', 'tagged']);
    await boxes.remove(['m']);
    expect(await boxes.readable()).toEqual(['n', 'shared', 'tagged']);
    expect(await boxes.listed()).toEqual(['n', 'tagged']);
    expect(await boxes.versionCount()).toBe(2);
    expect(await boxes.listed({ state: 'deleted' })).toEqual(['m']);
    const deleted = (await metadata.events(boxes.packageId)).filter(({ type }) => type.endsWith('deleted'));
    expect(deleted.filter(({ payload }) => !payload.asPart)).toHaveLength(1);
    expect(deleted.filter(({ payload }) => payload.asPart)).toHaveLength(4);
  });

  it('brings all of it back', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.pushIndex('m', ['1', 'latest']);
    await boxes.push('signature', { about: 'm' });
    await boxes.push('n', { tags: ['2'] });
    const before = await boxes.readable();
    await boxes.remove(['m']);
    expect(await boxes.readable()).toEqual(['n']);
    await boxes.restore('m');
    expect(await boxes.readable()).toEqual(before);
    expect(await boxes.listed()).toEqual(['n', 'm']);
    expect(await boxes.versionCount()).toBe(2);
    expect(await boxes.tagged('latest')).toBe('m');
    await expect(boxes.remove(['m left'])).rejects.toMatchObject({ code: 'in_use' });
  });

  it('does not bring back what somebody had deleted before', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('m', { tags: ['1'] });
    await boxes.push('n', { tags: ['2'] });
    await boxes.push('bad signature', { about: 'm' });
    await boxes.push('good signature', { about: 'm' });
    await boxes.remove(['bad signature']);
    await boxes.remove(['m']);
    await boxes.restore('m');
    expect(await boxes.readable()).toEqual(['good signature', 'm', 'n']);
  });

  it('refuses a part from under its index and says whose it is', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.pushIndex('m', ['1']);
    await boxes.push('n', { tags: ['2'] });
    const refusal = {
      code: 'in_use',
      details: { version: digestOf('m left'), containedBy: [digestOf('m')] },
    };
    await expect(boxes.remove(['m left'])).rejects.toMatchObject(refusal);
    await expect(boxes.remove(['n', 'm left'])).rejects.toMatchObject(refusal);
    await expect(boxes.remove(['m left'])).rejects.toThrow(digestOf('m'));
    expect(await boxes.readable()).toEqual(['m', 'm left', 'm right', 'n']);
    await boxes.remove(['m left', 'm']);
    expect(await boxes.readable()).toEqual(['n']);
  });

  it('lets a signature go by itself, unless parts are to be kept', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('m', { tags: ['1'] });
    await boxes.push('signature', { about: 'm' });
    await expect(boxes.remove(['signature'], { keepParts: true })).rejects.toMatchObject({
      code: 'in_use',
      details: { containedBy: [], about: [digestOf('m')] },
    });
    await boxes.remove(['signature']);
    expect(await boxes.listed({ parts: true })).toEqual(['m']);
    expect(await boxes.versionCount()).toBe(1);
  });

  it('counts as the last version only what lists show', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.pushIndex('m', ['1']);
    await expect(boxes.remove(['m'])).rejects.toMatchObject({ code: 'invalid_request' });
    await boxes.remove(['m'], { allowEmpty: true });
    expect(await boxes.listed({ parts: true })).toEqual([]);
    expect(await boxes.versionCount()).toBe(0);
    await boxes.push('again', { tags: ['1'] });
    expect(await boxes.versionCount()).toBe(1);
  });

  it('brings a deleted digest back when it is published again, with what went with it but without its former tags', async () => {
    const boxes = new Boxes(metadata.client);
    const made = await boxes.push('m', { tags: ['1', 'latest'] });
    await boxes.push('signature', { about: 'm' });
    await boxes.push('n', { tags: ['2'] });
    await boxes.remove(['m']);
    const again = await boxes.push('m', { tags: ['3'] });
    expect(again).toMatchObject({ outcome: 'created', restored: true, versionId: made.versionId });
    expect(await boxes.readable()).toEqual(['m', 'n', 'signature']);
    expect(await boxes.listed()).toEqual(['n', 'm']);
    expect(await boxes.tagged('latest')).toBeUndefined();
    expect(await boxes.tagged('3')).toBe('m');
    expect((await eventsOf(boxes.packageId)).slice(-2)).toEqual(['version-restored', 'version-restored']);
  });

  it('brings an index back whose parts are still deleted, and refuses one whose parts are purged', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.pushIndex('m', ['1']);
    await boxes.push('n', { tags: ['2'] });
    await boxes.remove(['m']);
    await boxes.push('m', { contains: ['m left', 'm right'], tags: ['1'] });
    expect(await boxes.readable()).toEqual(['m', 'm left', 'm right', 'n']);
    await boxes.remove(['m']);
    await metadata.database.query(
      `UPDATE version SET removed_at = removed_at - interval '31 days' WHERE package_id = $1 AND removed_at IS NOT NULL`,
      [boxes.packageId],
    );
    await metadata.purge.run();
    await expect(boxes.push('m', { contains: ['m left', 'm right'] })).rejects.toMatchObject({
      code: 'invalid_package',
    });
  });
});

describe('purging', () => {
  const age = (packageId: string) =>
    metadata.database.query(
      `UPDATE version SET removed_at = removed_at - interval '31 days' WHERE package_id = $1 AND removed_at IS NOT NULL`,
      [packageId],
    );

  it('lets go of all that went together, and the digest may be published again, of public packages too', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('n', { tags: ['2'], visibility: 'public' });
    await boxes.pushIndex('m', ['1']);
    await boxes.remove(['m']);
    await age(boxes.packageId);
    await metadata.purge.run();
    await expect(boxes.restore('m')).rejects.toMatchObject({ code: 'not_found' });
    expect((await eventsOf(boxes.packageId)).filter((type) => type === 'version-purged')).toHaveLength(3);
    const former = boxes.id('m');
    await boxes.pushIndex('m', ['1']);
    expect(boxes.id('m')).not.toBe(former);
    expect(await boxes.listed()).toEqual(['m', 'n']);
  });

  it('keeps what a live version contains, however long it is deleted', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('child');
    await boxes.push('n', { tags: ['2'] });
    await boxes.remove(['child']);
    await boxes.push('m', { contains: ['child'], allowMissingContained: true, tags: ['1'] });
    await age(boxes.packageId);
    await metadata.purge.run();
    expect(await boxes.push('child')).toMatchObject({ restored: true });
    expect(await boxes.listed()).toEqual(['m', 'n']);
  });

  it('brings a package back whole, relations included, and a new one of its name starts with nothing', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.pushIndex('m', ['1']);
    const { packageId } = boxes;
    await metadata.client.removePackage({ packageId, actor: alice });
    const other = new Boxes(metadata.client, boxes.ownerId);
    expect(await other.push('m left', { tags: ['1'] })).toMatchObject({
      outcome: 'created',
      packageCreated: true,
    });
    expect(await other.listed()).toEqual(['m left']);
    await metadata.client.removePackage({ packageId: other.packageId, actor: alice });
    await metadata.client.restorePackage({ packageId, ownerLogin: 'acme', actor: alice });
    expect(await boxes.listed()).toEqual(['m']);
    await expect(boxes.remove(['m left'])).rejects.toMatchObject({ code: 'in_use' });
  });
});
