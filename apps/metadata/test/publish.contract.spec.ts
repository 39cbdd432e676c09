import type { CommitVersionRequest } from '@packhouse/contracts';
import { newId } from '@packhouse/kernel';
import { alice, commitOf, fileOf, listAll, newOwner } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

describe('publishing', () => {
  let metadata: StartedMetadata;

  beforeAll(async () => {
    metadata = await startMetadata();
  }, 60_000);

  afterAll(() => metadata.stop());

  const publish = async (request: CommitVersionRequest) => {
    const answer = await metadata.client.commitVersion(request);
    if (answer.outcome !== 'created') throw new Error('the version was there already');
    return answer;
  };

  it('refuses a publish that was authorised for another package than the one that bears the name', async () => {
    const owner = newOwner();
    const commit = (version: string, expectedId: string | null) => {
      const request = commitOf(owner, { name: 'raced', version });
      return metadata.client.commitVersion({ ...request, package: { ...request.package, expectedId } });
    };
    const first = await commit('1.0.0', null);
    // Somebody who was allowed to make the name, but may know nothing of the package that is there now.
    await expect(commit('1.1.0', null)).rejects.toMatchObject({ code: 'revision_conflict' });
    await expect(commit('1.1.0', newId())).rejects.toMatchObject({ code: 'revision_conflict' });
    expect(await commit('1.1.0', first.package.id)).toMatchObject({
      outcome: 'created',
      packageCreated: false,
    });
    await metadata.client.removePackage({ packageId: first.package.id, actor: alice });
    await expect(commit('1.2.0', first.package.id)).rejects.toMatchObject({ code: 'revision_conflict' });
    expect(await commit('1.2.0', null)).toMatchObject({ outcome: 'created', packageCreated: true });
  });

  it('makes a package with its first version visible to every kind of read', async () => {
    const request = commitOf(newOwner(), {
      name: 'Widget',
      properties: { deprecated: 'no' },
      visibility: 'public',
    });
    const created = await publish(request);
    expect(created).toMatchObject({
      packageCreated: true,
      versionId: request.version.id,
      package: { revision: 1 },
    });

    const { client } = metadata;
    const packageId = created.package.id;
    const name = { format: 'toy', ownerId: request.ownerId, nameKey: 'widget' };
    expect(await client.findPackage(name)).toEqual({ package: created.package });
    expect(await client.getPackages({ ids: [newId(), packageId] })).toEqual({ packages: [created.package] });
    expect(await client.listPackages({ ownerId: request.ownerId })).toEqual({
      items: [created.package],
      next: null,
    });
    expect(await client.describePackage({ packageId })).toEqual({
      package: created.package,
      tags: [{ name: 'latest', version: '1.0.0', versionId: request.version.id }],
      immutableTags: [],
      properties: { description: 'about 1.0.0' },
      stars: [],
      versionCount: 1,
    });
    const record = {
      id: request.version.id,
      number: expect.any(Number) as number,
      version: '1.0.0',
      sortKey: request.version.sortKey,
      publishedAt: created.package.createdAt,
      removed: false,
      properties: { deprecated: 'no' },
      fragment: '{"v":"1.0.0"}',
    };
    expect(await client.listVersions({ packageId, fragmentKind: 'full' })).toEqual({
      revision: 1,
      items: [record],
      next: null,
    });
    expect(await client.findVersion({ packageId, version: '1.0.0' })).toEqual({
      version: { ...record, fragment: null },
      files: request.files,
    });
    expect(await client.findFile({ packageId, name: 'Widget-1.0.0.box' })).toEqual({
      file: { ...request.files[0], versionId: request.version.id, version: '1.0.0' },
    });
    expect(await client.findFile({ packageId, name: 'Widget-2.0.0.box' })).toEqual({ file: null });
  });

  it('records its events in order and tells the processes which facts are stale', async () => {
    const request = commitOf(newOwner(), { name: 'told' });
    const { package: made } = await publish(request);
    const ref = { packageId: made.id, format: 'toy', ownerId: request.ownerId, name: 'told', revision: 1 };
    expect(await metadata.events(made.id)).toEqual([
      {
        type: 'package.created',
        actorId: alice.accountId,
        payload: { ...ref, visibility: 'private', repositoryId: null, inheritsAccess: false },
      },
      {
        type: 'package.version-published',
        actorId: alice.accountId,
        payload: { ...ref, versionId: request.version.id, version: '1.0.0', size: 5 },
      },
    ]);
    expect(metadata.announced).toContain(`name:toy/${request.ownerId}/told`);
    expect(metadata.announced).toContain(`access:${made.id}`);
  });

  it('answers unchanged when the same content is published again, and changes nothing', async () => {
    const request = commitOf(newOwner());
    const first = await publish(request);
    const again = { ...request, version: { ...request.version, id: newId() } };
    expect(await metadata.client.commitVersion(again)).toEqual({
      outcome: 'unchanged',
      package: first.package,
      versionId: request.version.id,
    });
    expect(await metadata.events(first.package.id)).toHaveLength(2);
  });

  it('refuses other content, more files or fewer files under a published version', async () => {
    const owner = newOwner();
    const files = [fileOf('a', 'a'), fileOf('b', 'b')];
    const first = await publish(commitOf(owner, { files }));
    const attempts = [
      [fileOf('a', 'a'), fileOf('b', 'other')],
      [fileOf('a', 'a'), fileOf('c', 'b')],
      [fileOf('a', 'a')],
      [...files, fileOf('c', 'c')],
    ];
    for (const attempt of attempts) {
      await expect(metadata.client.commitVersion(commitOf(owner, { files: attempt }))).rejects.toMatchObject({
        code: 'version_exists',
        details: { version: '1.0.0', sha256: files[0]!.digests.sha256 },
      });
    }
    expect(
      (await metadata.client.findPackage({ format: 'toy', ownerId: owner, nameKey: 'widget' })).package,
    ).toEqual(first.package);
  });

  it('refuses a file name of another version, and the same name twice', async () => {
    const owner = newOwner();
    await publish(commitOf(owner, { files: [fileOf('shared.box', '1')] }));
    const taken = commitOf(owner, { version: '1.0.1', files: [fileOf('shared.box', '2')] });
    await expect(metadata.client.commitVersion(taken)).rejects.toMatchObject({ code: 'version_exists' });
    const twice = commitOf(owner, { version: '1.0.2', files: [fileOf('x', '1'), fileOf('x', '2')] });
    await expect(metadata.client.commitVersion(twice)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('sets the head tag on the first version only when nobody asked for it', async () => {
    const owner = newOwner();
    const { package: made } = await publish(commitOf(owner, { version: '1.0.0-rc', tags: ['next'] }));
    await publish(commitOf(owner, { version: '1.1.0-rc', tags: ['next'] }));
    const described = await metadata.client.describePackage({ packageId: made.id });
    expect(described.tags.map(({ name, version }) => [name, version])).toEqual([
      ['latest', '1.0.0-rc'],
      ['next', '1.1.0-rc'],
    ]);
    expect(described.properties).toEqual({ description: 'about 1.0.0-rc' });
  });

  it('keeps every one of 20 different versions that are published at once, with gapless revisions', async () => {
    const owner = newOwner();
    const versions = Array.from({ length: 20 }, (_, index) => `1.0.${index}`);
    const answers = await Promise.all(versions.map((version) => publish(commitOf(owner, { version }))));
    expect(new Set(answers.map((answer) => answer.package.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.packageCreated)).toHaveLength(1);
    expect(answers.map((answer) => answer.package.revision).sort((a, b) => a - b)).toEqual(
      versions.map((_, index) => index + 1),
    );
    const packageId = answers[0]!.package.id;
    const { items } = await listAll(metadata.client, { packageId });
    expect(new Set(items.map((item) => item.version))).toEqual(new Set(versions));
    const byRevision = [...answers].sort((a, b) => a.package.revision - b.package.revision);
    expect(items.map((item) => item.id)).toEqual(byRevision.map((answer) => answer.versionId));
    expect(await metadata.events(packageId)).toHaveLength(21);
  });

  it('publishes once when the same version comes 20 times at once', async () => {
    const owner = newOwner();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => metadata.client.commitVersion(commitOf(owner, { content: 'same' }))),
    );
    expect(answers.filter((answer) => answer.outcome === 'created')).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.versionId)).size).toBe(1);
    expect(answers.map((answer) => answer.package.revision)).toEqual(answers.map(() => 1));
  });

  it('gives a free name to exactly one of 20 that were authorised to take it at once', async () => {
    const owner = newOwner();
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => {
        const request = commitOf(owner, { name: 'free', version: `1.${index}.0` });
        return metadata.client.commitVersion({
          ...request,
          package: { ...request.package, expectedId: null },
        });
      }),
    );
    const made = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    expect(made).toMatchObject([{ outcome: 'created', packageCreated: true, package: { revision: 1 } }]);
    const refused = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as unknown] : [],
    );
    expect(refused).toMatchObject(Array.from({ length: 19 }, () => ({ code: 'revision_conflict' })));
    const { items } = await metadata.client.listPackages({ ownerId: owner });
    expect(items).toEqual([made[0]!.package]);
  });

  it('lets exactly one of 20 different contents win when they are published at once', async () => {
    const owner = newOwner();
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        metadata.client.commitVersion(commitOf(owner, { content: `content ${index}` })),
      ),
    );
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'version_exists' });
    }
  });

  it('leaves nothing behind when the transaction fails after the version was written', async () => {
    const owner = newOwner();
    const { package: made } = await publish(commitOf(owner));
    await metadata.database.query(
      `ALTER TABLE outbox ADD CONSTRAINT refusal CHECK (payload->>'ownerId' <> '${owner}') NOT VALID`,
    );
    await metadata.whileFailing(async () => {
      for (const request of [commitOf(owner, { version: '2.0.0' }), commitOf(owner, { name: 'new' })]) {
        await expect(metadata.client.commitVersion(request)).rejects.toMatchObject({ code: 'internal' });
      }
    });
    await metadata.database.query('ALTER TABLE outbox DROP CONSTRAINT refusal');
    expect(await metadata.client.findFile({ packageId: made.id, name: 'widget-2.0.0.box' })).toEqual({
      file: null,
    });
    expect(await metadata.client.describePackage({ packageId: made.id })).toMatchObject({
      package: made,
      versionCount: 1,
    });
    const { items } = await metadata.client.listPackages({ ownerId: owner });
    expect(items.map((item) => item.name)).toEqual(['widget']);
    expect(await metadata.events(made.id)).toHaveLength(2);
  });

  it('stores hostile names as they are and finds them again', async () => {
    const owner = newOwner();
    const names = [
      '__proto__',
      'constructor',
      'toString',
      `'; DROP TABLE package; --`,
      '100%_\\',
      'żółw 🐢',
      '..',
    ];
    for (const name of names) {
      const { package: made } = await publish(
        commitOf(owner, {
          name,
          version: name,
          sortKey: name,
          tags: [name],
          headTag: name,
          properties: { constructor: name },
          packageProperties: { toString: name },
          fragments: { constructor: name, full: name },
        }),
      );
      expect(made.name).toBe(name);
      expect(
        await metadata.client.findPackage({ format: 'toy', ownerId: owner, nameKey: name.toLowerCase() }),
      ).toEqual({
        package: made,
      });
      const described = await metadata.client.describePackage({ packageId: made.id });
      expect(described.tags).toMatchObject([{ name, version: name }]);
      expect(Object.entries(described.properties)).toEqual([['toString', name]]);
      const found = await metadata.client.findVersion({
        packageId: made.id,
        version: name,
        fragmentKind: 'full',
      });
      expect(found.version).toMatchObject({ version: name, fragment: name });
      expect(Object.entries(found.version!.properties)).toEqual([['constructor', name]]);
      expect(
        (await metadata.client.findFile({ packageId: made.id, name: `${name}-${name}.box` })).file,
      ).not.toBeNull();
    }
    expect((await metadata.client.listPackages({ ownerId: owner })).items).toHaveLength(names.length);
  });

  it('answers texts that the database cannot hold without failing', async () => {
    const owner = newOwner();
    const request = commitOf(owner, {
      packageProperties: { readme: 'a\0b\ud800c' },
      fragments: { full: 'x\0' },
    });
    const { package: made } = await publish(request);
    const packageId = made.id;
    expect(await metadata.client.findFile({ packageId, name: 'a\0b' })).toEqual({ file: null });
    expect(await metadata.client.findVersion({ packageId, version: '\ud800' })).toEqual({
      version: null,
      files: [],
    });
    expect((await metadata.client.describePackage({ packageId })).properties).toEqual({
      readme: 'a\uFFFDb\uFFFDc',
    });
    const tooLong = commitOf(owner, { version: '2.0.0', files: [fileOf('ü'.repeat(1020), 'x')] });
    await expect(metadata.client.commitVersion(tooLong)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('keeps what the formats say of themselves, the last word counting', async () => {
    const toy = { id: 'toy', label: 'Toy', icon: 'box', mount: '/toy', packageType: 'toy' };
    const fileUrl = '/toy/{owner}/{name}/{version}/{file}';
    const said = { ...toy, label: 'Old', fileUrl, wholeName: '{owner}.{name}', retireNamesAbove: 5 };
    await metadata.client.announceFormat(said);
    expect(await metadata.client.listFormats({})).toEqual({ formats: [said] });
    await metadata.client.announceFormat(toy);
    expect(await metadata.client.listFormats({})).toEqual({ formats: [toy] });
  });

  it('takes no address of files that leads to another host or has unknown places', async () => {
    const toy = { id: 'toy', label: 'Toy', icon: 'box', mount: '/toy', packageType: 'toy' };
    for (const fileUrl of ['https://elsewhere.example/{file}', '//elsewhere.example/{file}', '/toy/{secret}'])
      await expect(metadata.client.announceFormat({ ...toy, fileUrl })).rejects.toMatchObject({
        code: 'invalid_request',
      });
  });
});
