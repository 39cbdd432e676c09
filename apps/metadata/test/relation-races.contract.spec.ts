import { isDomainError, newId } from '@packhouse/kernel';
import { DatabaseWatch } from '@packhouse/testing';
import { addressedOf, Boxes, digestOf, sha512Of } from './support/addressed';
import { alice } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

jest.setTimeout(60_000);

const watch = new DatabaseWatch();
let metadata: StartedMetadata;

beforeAll(async () => {
  metadata = await startMetadata();
}, 120_000);
afterAll(() => metadata.stop());

/** What must be true of a package at any time: no tag and no live index on something that is not there, the right count. */
async function checkWhole(packageId: string): Promise<void> {
  const [found] = await metadata.database.query<Record<string, string>>(
    `SELECT
       (SELECT count(*) FROM tag t JOIN version v ON v.id = t.version_id WHERE t.package_id = $1 AND v.removed_at IS NOT NULL) AS tags,
       (SELECT count(*) FROM version_relation r JOIN version h ON h.id = r.version_id AND h.removed_at IS NULL
        WHERE r.package_id = $1 AND r.kind = 'contains' AND NOT EXISTS (SELECT FROM version v
          WHERE v.package_id = $1 AND v.identity = r.target AND v.removed_at IS NULL)) AS contained,
       (SELECT count(*) FROM version v WHERE v.package_id = $1 AND v.removed_at IS NULL AND NOT v.is_part)
         - (SELECT version_count FROM package WHERE id = $1) AS miscounted`,
    [packageId],
  );
  expect(found).toEqual({ tags: 0, contained: 0, miscounted: 0 });
}

/** The codes of those that were refused. */
async function refusals(work: ReadonlyArray<Promise<unknown>>): Promise<string[]> {
  const results = await Promise.allSettled(work);
  return results.flatMap((result) => {
    if (result.status === 'fulfilled') return [];
    if (!isDomainError(result.reason)) throw result.reason;
    return [result.reason.code];
  });
}

describe('changes at the same moment', () => {
  it('never leave an index without its child: either it is refused or the deletion is', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('kept', { tags: ['kept'] });
    const seen = new Set<string>();
    for (let n = 0; n < 25; n += 1) {
      await boxes.push(`child ${n}`);
      const codes = await refusals([
        boxes.push(`m ${n}`, { contains: [`child ${n}`] }),
        boxes.remove([`child ${n}`]),
      ]);
      expect(codes).toHaveLength(1);
      seen.add(codes[0]!);
      await checkWhole(boxes.packageId);
    }
    expect([...seen].every((code) => code === 'invalid_package' || code === 'in_use')).toBe(true);
  });

  it('put a tag that ten clients move a hundred times on one of their versions, with no failure', async () => {
    const boxes = new Boxes(metadata.client);
    for (let n = 0; n < 10; n += 1) await boxes.push(`v ${n}`, { tags: ['latest'] });
    const clients = Array.from({ length: 10 }, async (_, n) => {
      for (let turn = 0; turn < 10; turn += 1)
        await (turn % 2 === 0
          ? boxes.push(`v ${n}`, { tags: ['latest'] })
          : boxes.moveTag('latest', `v ${n}`));
    });
    const reads: Array<string | undefined> = [];
    let isDone = false;
    const reader = (async () => {
      while (!isDone) reads.push(await boxes.tagged('latest'));
    })();
    expect(await refusals(clients)).toEqual([]);
    isDone = true;
    await reader;
    expect(reads.length).toBeGreaterThan(10);
    expect(reads.every((text) => text?.startsWith('v '))).toBe(true);
    expect(await boxes.readable()).toHaveLength(10);
    await checkWhole(boxes.packageId);
  });

  it('keep tags, indexes and counts whole while all of it is pushed, tagged, deleted and restored', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('kept', { tags: ['kept'] });
    for (let n = 0; n < 4; n += 1) await boxes.pushIndex(`m ${n}`, [`t${n}`]);
    const work = [0, 1, 2, 3].flatMap((n) => {
      const [name, left] = [`m ${n}`, `m ${n} left`];
      return [
        async () => boxes.push(name, { contains: [left, `m ${n} right`], tags: [`t${(n + 1) % 4}`] }),
        async () => boxes.remove([name]),
        async () => boxes.restore(name),
        async () => boxes.push(left, { tags: [`left${n}`] }),
        async () => boxes.push(`signature ${n}`, { about: name }),
        async () => boxes.removeTag(`left${n}`),
        async () => boxes.remove([left]),
      ];
    });
    const expected = new Set(['not_found', 'in_use', 'invalid_request', 'invalid_package']);
    for (let round = 0; round < 4; round += 1) {
      const codes = await refusals(work.map((change) => change()));
      expect(codes.filter((code) => !expected.has(code))).toEqual([]);
      await checkWhole(boxes.packageId);
    }
  });

  it('always join what is said of a version by its other digest to that version, whichever comes first', async () => {
    const boxes = new Boxes(metadata.client);
    for (let n = 0; n < 12; n += 1) {
      const [text, label, tag] = [`a ${n}`, `label ${n}`, `of ${n}`];
      const companionTags = [{ tag, version: sha512Of(text).slice(0, 71) }];
      const pushAll = () => [
        boxes.push(label, { about: sha512Of(text) }),
        boxes.push(text, { tags: [`t${n}`] }),
        boxes.push(`list ${n}`, { tags: [tag], companionTags }),
      ];
      const checkJoined = async () => {
        for (const version of [digestOf(text), sha512Of(text)]) {
          const { items } = await metadata.client.listAbout({ packageId: boxes.packageId, version });
          expect(items.map(({ id }) => id)).toEqual([boxes.id(label)]);
        }
        expect(await boxes.listed()).toHaveLength(n + 1);
        await checkWhole(boxes.packageId);
      };
      expect(await refusals(pushAll())).toEqual([]);
      await checkJoined();
      await refusals([boxes.remove([text], { allowEmpty: true }), ...pushAll(), boxes.restore(text)]);
      await Promise.all(pushAll());
      await checkJoined();
    }
  });

  it('make one version of a digest that many publish at once, in a package that is new', async () => {
    const boxes = new Boxes(metadata.client);
    const requests = Array.from({ length: 12 }, (_, n) =>
      addressedOf(boxes.ownerId, 'a', { tags: [`t${n}`] }),
    );
    const results = await Promise.all(requests.map((request) => metadata.client.commitVersion(request)));
    expect(results.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    expect(new Set(results.map(({ versionId }) => versionId)).size).toBe(1);
    const { items } = await metadata.client.listTags({ packageId: results[0]!.package.id });
    expect(items).toHaveLength(12);
  });
});

describe('deep and wide relations', () => {
  it('are deleted and restored whole through a thousand levels', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('kept', { tags: ['kept'] });
    await boxes.push('level 0');
    // By hand: what is measured is the walk, not a thousand publishes.
    await metadata.database.query(
      `WITH made AS (
         INSERT INTO version (id, package_id, version, identity, sort_key, publisher_id, published_at,
           published_revision, changed_revision, is_part)
         SELECT gen_random_uuid(), $1, 'level ' || n, 'level ' || n, '', $2, now(), 100000 + n, 100000 + n, true
         FROM generate_series(1, 1000) n RETURNING id, identity, published_revision)
       INSERT INTO version_relation (version_id, package_id, kind, target, place, published_revision)
       SELECT id, $1, 'about', CASE identity WHEN 'level 1' THEN $3 ELSE 'level ' || (split_part(identity, ' ', 2)::int - 1) END,
         1, published_revision FROM made`,
      [boxes.packageId, alice.accountId, digestOf('level 0')],
    );
    const live = async () =>
      Number(
        (
          await metadata.database.query<{ n: string }>(
            'SELECT count(*) AS n FROM version WHERE package_id = $1 AND removed_at IS NULL',
            [boxes.packageId],
          )
        )[0]?.n,
      );
    /** Neither a statement for each level nor, for each, a look at all the others: that would be millions of pages. */
    const cheaply = async (work: () => Promise<unknown>) => {
      let sent: string[] = [];
      const pages = await watch.pagesOf(metadata.database, ['version', 'version_relation'], async () => {
        sent = await watch.statementsOf(work);
      });
      expect(sent.length).toBeLessThan(50);
      expect(pages).toBeGreaterThan(1000);
      expect(pages).toBeLessThan(250_000);
    };
    await cheaply(() => boxes.remove(['level 0']));
    expect(await live()).toBe(1);
    await cheaply(() => boxes.restore('level 0'));
    expect(await live()).toBe(1002);
    expect(await boxes.listed()).toEqual(['level 0', 'kept']);
  });

  it('end where versions are about each other in a circle', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('kept', { tags: ['kept'] });
    await boxes.push('a', { about: 'c', tags: ['a'] });
    await boxes.push('b', { about: 'a' });
    await boxes.push('c', { about: 'b' });
    await boxes.remove(['a']);
    expect(await boxes.readable()).toEqual(['kept']);
    await boxes.restore('a');
    expect(await boxes.readable()).toEqual(['a', 'b', 'c', 'kept']);
    await checkWhole(boxes.packageId);
  });

  it('take an index of ten thousand parts, its deletion and its return; one more is refused', async () => {
    const boxes = new Boxes(metadata.client);
    const names = Array.from({ length: 10_000 }, (_, n) => `part ${n}`);
    await boxes.push('kept', { tags: ['kept'] });
    // By hand, with ids in order of time; relations are not analysed yet: a burst of pushes is as new to the planner.
    await metadata.database.query(
      `INSERT INTO version (id, package_id, version, identity, sort_key, publisher_id, published_at,
         published_revision, changed_revision)
       SELECT id, $1, name, name, '', $2, now(), 100000 + place, 100000 + place
       FROM unnest($3::text[], $4::uuid[]) WITH ORDINALITY AS given(name, id, place)`,
      [boxes.packageId, alice.accountId, names.map(digestOf), names.map(() => newId())],
    );
    await metadata.database.query(
      'UPDATE package SET version_count = 10001, revision = 200000 WHERE id = $1',
      [boxes.packageId],
    );
    await metadata.database.query('ANALYZE version');
    const tooMany = [...names, 'one more'];
    await expect(boxes.push('too large', { contains: tooMany })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    const elsewhere = new Boxes(metadata.client);
    const refusal = await elsewhere.push('m', { contains: names }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'invalid_package' });
    // Each of these has to end in the time that callers wait for it.
    await boxes.push('m', { contains: names, tags: ['1'] });
    expect(await boxes.listed()).toEqual(['m', 'kept']);
    expect(await boxes.versionCount()).toBe(2);
    await boxes.push('m', { contains: names, tags: ['2'] });
    await boxes.remove(['m']);
    expect(await boxes.listed({ parts: true })).toEqual(['kept']);
    await boxes.restore('m');
    expect(await boxes.listed()).toEqual(['m', 'kept']);
    await metadata.database.query('ANALYZE version, version_relation');
    await checkWhole(boxes.packageId);
  });
});

describe('freeing a reserved digest', () => {
  it('takes along what went with a version that is freed, but for what another may still need', async () => {
    const boxes = new Boxes(metadata.client);
    await boxes.push('kept', { tags: ['kept'] });
    await boxes.push('shared');
    await boxes.push('shared with deleted');
    await boxes.push('deleted before');
    await boxes.remove(['deleted before']);
    await boxes.push('own');
    const contains = ['own', 'shared', 'shared with deleted', 'deleted before'];
    await boxes.push('m', { contains, allowMissingContained: true, tags: ['1'] });
    await boxes.push('label', { about: 'own' });
    await boxes.push('signature', { about: 'm' });
    const companionTags = [{ tag: 'of-m', version: digestOf('m') }];
    await boxes.push('companion', { tags: ['of-m'], companionTags });
    await boxes.push('n', { contains: ['shared'], tags: ['2'] });
    await boxes.push('gone', { contains: ['shared with deleted'], tags: ['3'] });
    await boxes.remove(['gone']);
    await boxes.remove(['m']);
    const { ownerId } = boxes;
    const number = { ownerId, format: 'boxes', name: 'image', version: digestOf('m') };
    await metadata.client.freeVersion({ ...number, actor: alice });
    const purged = (await metadata.events(boxes.packageId)).filter(({ type }) => type.endsWith('purged'));
    const names = new Map([...boxes.ids].map(([text, id]) => [id, text]));
    expect(purged.map(({ payload }) => names.get(payload.versionId as string)).sort()).toEqual([
      'companion',
      'label',
      'm',
      'own',
      'signature',
    ]);
    await boxes.restore('gone');
    await boxes.restore('deleted before');
    expect(await boxes.readable()).toEqual([
      'deleted before',
      'gone',
      'kept',
      'n',
      'shared',
      'shared with deleted',
    ]);
    expect(await boxes.push('own')).toMatchObject({ outcome: 'created', restored: false });
  });
});

describe('what is published again after its deletion', () => {
  it('takes room for all that comes back with a version which is published again', async () => {
    const { billing, client } = metadata;
    const boxes = new Boxes(client);
    const removeIndex = () => boxes.remove(['again'], { allowEmpty: true });
    const again = () => boxes.push('again', { contains: ['again left', 'again right'], tags: ['2'] });
    billing.limit = 100;
    billing.told.length = 0;
    await boxes.pushIndex('again');
    await removeIndex();
    const { revision } = (await client.describePackage({ packageId: boxes.packageId })).package;
    billing.isFull = true;
    await expect(again()).rejects.toMatchObject({ code: 'quota_exceeded' });
    expect(await boxes.readable()).toEqual([]);
    const { package: found, tags } = await client.describePackage({ packageId: boxes.packageId });
    expect([found.revision, tags, billing.told]).toEqual([revision, [], []]);
    billing.isFull = false;
    expect(await again()).toMatchObject({ outcome: 'created', restored: true });
    expect(await boxes.readable()).toEqual(['again', 'again left', 'again right']);
    // What is published itself was reserved by whoever received it.
    expect(billing.told).toEqual([`reserved ${'again left, again right'.length - 2}`, 'released']);
    await removeIndex();
    Object.assign(billing, { limit: null, isFull: true });
    expect(await again()).toMatchObject({ outcome: 'created', restored: true });
    expect(billing.told).toHaveLength(2);
  });
});

describe('what is named by its content links its package', () => {
  const linkOf = async (boxes: Boxes) => {
    const { package: found } = await metadata.client.describePackage({ packageId: boxes.packageId });
    return [found.repositoryId, found.inheritsAccess, found.linkOpen];
  };
  const linksTold = async (boxes: Boxes) => {
    const events = await metadata.events(boxes.packageId);
    return events.flatMap(({ type, payload, actorId }) =>
      /linked|access-mode/.test(type) ? [[type.slice(8), payload['repositoryId'], actorId]] : [],
    );
  };
  const tagged = (tag: string, repositoryId: string) => ({ tags: [tag], headTag: tag, repositoryId });

  it('until it is tagged: its parts where there is no link yet, and the whole in any case', async () => {
    const [first, second, third] = [newId(), newId(), newId()];
    const boxes = new Boxes(metadata.client);
    await boxes.push('attestation');
    expect(await linkOf(boxes)).toEqual([null, false, true]);
    await boxes.push('left', { repositoryId: first });
    expect(await linkOf(boxes)).toEqual([first, true, true]);
    await boxes.push('right', { repositoryId: second });
    await boxes.push('signature', { tags: ['sha256-left.sig'], repositoryId: second });
    expect(await linkOf(boxes)).toEqual([first, true, true]);
    await boxes.push('m', { contains: ['left', 'right'], ...tagged('1', second) });
    expect(await linkOf(boxes)).toEqual([second, true, false]);
    await boxes.push('n', tagged('2', third));
    await boxes.remove(['m', 'n'], { allowEmpty: true });
    for (const text of ['n', 'o']) await boxes.push(text, tagged('3', third));
    expect(await linkOf(boxes)).toEqual([second, true, false]);
    expect(await linksTold(boxes)).toEqual([
      ['repository-linked', first, alice.accountId],
      ['access-mode-changed', first, alice.accountId],
      ['repository-linked', second, alice.accountId],
    ]);
  });

  it('also when the tag comes to what is there already, and not when the first tagged one names nothing', async () => {
    const repositoryId = newId();
    const [boxes, others] = [new Boxes(metadata.client), new Boxes(metadata.client)];
    await boxes.push('a');
    await boxes.push('a', tagged('1', repositoryId));
    expect(await linkOf(boxes)).toEqual([repositoryId, true, false]);
    await others.push('a', { tags: ['1'], headTag: '1' });
    await others.push('b', tagged('1', repositoryId));
    expect(await linkOf(others)).toEqual([null, false, false]);
  });

  it('unless somebody set the link, or whose access counts, before', async () => {
    const [first, second] = [newId(), newId()];
    const link = (repositoryId: string | null) => (packageId: string) =>
      metadata.client.linkRepository({ packageId, repositoryId, actor: alice });
    const inherit = (inheritsAccess: boolean) => (packageId: string) =>
      metadata.client.setInheritance({ packageId, inheritsAccess, actor: alice });
    // What is set to what it is already was set by hand too.
    const settings = [
      { from: first, set: link(second), expected: [second, false, false] },
      { from: first, set: link(null), expected: [null, false, false] },
      { from: first, set: link(first), expected: [first, true, false] },
      { from: undefined, set: link(null), expected: [null, false, false] },
      { from: first, set: inherit(false), expected: [first, false, false] },
      { from: first, set: inherit(true), expected: [first, true, false] },
      { from: undefined, set: inherit(false), expected: [null, false, false] },
    ];
    for (const { from, set, expected } of settings) {
      const boxes = new Boxes(metadata.client);
      await boxes.push('left', { repositoryId: from });
      await set(boxes.packageId);
      const told = (await linksTold(boxes)).length;
      await boxes.push('m', { contains: ['left'], ...tagged('1', newId()) });
      expect(await linkOf(boxes)).toEqual(expected);
      expect(await linksTold(boxes)).toHaveLength(told);
    }
  });

  it('once, however many are tagged at the same moment', async () => {
    const repositories = Array.from({ length: 8 }, () => newId());
    const boxes = new Boxes(metadata.client);
    await boxes.push('left');
    const pushes = repositories.map((repositoryId, n) => boxes.push(`m ${n}`, tagged(`${n}`, repositoryId)));
    await Promise.all(pushes);
    const [repositoryId, ...rest] = await linkOf(boxes);
    expect([repositories.includes(String(repositoryId)), ...rest]).toEqual([true, true, false]);
    expect(await linksTold(boxes)).toEqual([
      ['repository-linked', repositoryId, alice.accountId],
      ['access-mode-changed', repositoryId, alice.accountId],
    ]);
  });
});
