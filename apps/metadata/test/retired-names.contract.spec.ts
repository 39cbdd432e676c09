import { newId } from '@packhouse/kernel';
import { alice, commitOf, newOwner } from './support/commits';
import { startMetadata, type StartedMetadata } from './support/start-metadata';

const LIMIT = 5;

describe('names of widely used packages', () => {
  let metadata: StartedMetadata;

  beforeAll(async () => {
    metadata = await startMetadata();
    const toy = { label: 'Toy', icon: 'box', mount: '/toy' };
    const wholeName = '@{owner}/{name}';
    await metadata.client.announceFormat({ ...toy, id: 'toy', retireNamesAbove: LIMIT, wholeName });
    await metadata.client.announceFormat({ ...toy, id: 'lax' });
  }, 120_000);
  afterAll(() => metadata.stop());

  /** Logins of one test only: retired names are found by login. */
  const someLogin = (word: string) => `${word}-${newId().slice(-12)}`;

  interface Made {
    readonly name: string;
    readonly downloads: number;
    readonly visibility?: 'public' | 'private' | 'internal';
    readonly format?: string;
  }

  async function publish(ownerId: string, { name, downloads, visibility = 'public', format = 'toy' }: Made) {
    const request = commitOf(ownerId, { name, visibility, format });
    const { package: made, versionId } = await metadata.client.commitVersion(request);
    if (downloads > 0) {
      const items = [{ packageId: made.id, versionId, day: '2026-01-01', count: downloads }];
      await metadata.client.recordDownloads({ batchId: newId(), items });
    }
    return made.id;
  }

  /** A publish of a new version by whoever has the login now. */
  function commit(ownerId: string, ownerLogin: string, name: string, format = 'toy') {
    const request = commitOf(ownerId, { name, format, version: '2.0.0' });
    return metadata.client.commitVersion({ ...request, package: { ...request.package, ownerLogin } });
  }

  const told = <T>(payload: T, occurredAt = new Date()) => ({
    ...{ id: newId(), type: 'told', source: 'auth', occurredAt: occurredAt.toISOString() },
    ...{ actor: { ...alice, tokenId: null, address: null, requestId: null }, payload },
  });
  const renamed = (accountId: string, oldLogin: string, login: string) =>
    told({ accountId, oldLogin, login, kind: 'organization' as const });
  const deleted = (accountId: string, login: string) =>
    told({ accountId, login, kind: 'organization' as const });

  const retiredUnder = async (login: string) =>
    (await metadata.client.listRetiredNames({ login })).items.map(({ name }) => name);

  it('60: stay nobody’s under the old login when their owner is renamed, and only those', async () => {
    const [owner, old, login] = [newOwner(), someLogin('old'), someLogin('new')];
    const packageId = await publish(owner, { name: 'Loved', downloads: LIMIT + 1 });
    await publish(owner, { name: 'liked', downloads: LIMIT });
    await publish(owner, { name: 'hidden', downloads: LIMIT + 1, visibility: 'private' });
    await publish(owner, { name: 'lax', downloads: LIMIT + 1, format: 'lax' });
    await metadata.follow.accountRenamed(renamed(owner, old, login));
    expect(await retiredUnder(old)).toEqual(['Loved']);
    const newcomer = newOwner();
    await expect(commit(newcomer, old.toUpperCase(), 'loved')).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('ask a site administrator to free it') as unknown,
    });
    for (const name of ['liked', 'hidden']) await commit(newcomer, old, name);
    await commit(newcomer, old, 'lax', 'lax');
    expect(await commit(owner, login, 'Loved')).toMatchObject({ package: { id: packageId } });
    const events = await metadata.events(packageId);
    expect(events.find(({ type }) => type === 'package.name-retired')).toMatchObject({
      actorId: alice.accountId,
      payload: { login: old, name: 'Loved', ownerId: owner, format: 'toy' },
    });
  });

  it('stay nobody’s when their owner is deleted, for who takes the login and for who restores there', async () => {
    const [owner, login] = [newOwner(), someLogin('gone')];
    await publish(owner, { name: 'loved', downloads: LIMIT + 1 });
    await metadata.follow.accountDeleted(deleted(owner, login));
    const newcomer = newOwner();
    await expect(commit(newcomer, login, 'loved')).rejects.toMatchObject({ code: 'forbidden' });
    const other = await publish(newcomer, { name: 'loved', downloads: 0 });
    await metadata.client.removePackage({ packageId: other, actor: alice });
    const restore = (ownerLogin: string) =>
      metadata.client.restorePackage({ packageId: other, ownerLogin, actor: alice });
    await expect(restore(login)).rejects.toMatchObject({ code: 'forbidden' });
    await restore(someLogin('elsewhere'));
  });

  it('keep their scope where names say their owner', async () => {
    const [owner, old, login] = [newOwner(), someLogin('old'), someLogin('new')];
    await publish(owner, { name: `@${old}/lib`, downloads: LIMIT + 1 });
    await metadata.follow.accountRenamed(renamed(owner, old, login));
    expect(await retiredUnder(old)).toEqual([`@${old}/lib`]);
    await expect(commit(newOwner(), old, `@${old}/lib`)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('are retired once, whole, when the event was cut off and comes again', async () => {
    const [owner, old, login] = [newOwner(), someLogin('old'), someLogin('new')];
    const ids: string[] = [];
    for (const name of [`@${old}/a`, `@${old}/b`])
      ids.push(await publish(owner, { name, downloads: LIMIT + 1 }));
    const event = renamed(owner, old, login);
    const { database } = metadata;
    await database.query(`CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF OLD.id = '${ids[1]}' THEN RAISE EXCEPTION 'cut off'; END IF; RETURN NEW; END $$`);
    await database.query(
      'CREATE TRIGGER stumble BEFORE UPDATE ON package FOR EACH ROW EXECUTE FUNCTION stumble()',
    );
    await metadata.whileFailing(() => metadata.follow.accountRenamed(event));
    await database.query('DROP TRIGGER stumble ON package');
    await metadata.follow.accountRenamed(event);
    await metadata.follow.accountRenamed(event);
    expect(await retiredUnder(old)).toEqual([`@${old}/a`, `@${old}/b`]);
    for (const id of ids) {
      const types = (await metadata.events(id)).map(({ type }) => type);
      expect(types.filter((type) => type === 'package.name-retired')).toHaveLength(1);
    }
  });

  it('come back to the package that had them, and to no other one by a rename', async () => {
    const [owner, old, login] = [newOwner(), someLogin('old'), someLogin('new')];
    const packageId = await publish(owner, { name: 'loved', downloads: LIMIT + 1 });
    await metadata.follow.accountRenamed(renamed(owner, old, login));
    const thief = newOwner();
    const [thiefLogin, other] = [someLogin('thief'), await publish(thief, { name: 'loved', downloads: 0 })];
    const found = await metadata.client.findRetiredNames({
      ownerId: thief,
      oldLogin: thiefLogin,
      login: old,
    });
    expect(found.items).toEqual([expect.objectContaining({ login: old, name: 'loved' })]);
    // Published while the rename was under way: the package does not keep the name.
    await metadata.follow.accountRenamed(renamed(thief, thiefLogin, old));
    expect((await metadata.client.getPackages({ ids: [other] })).packages).toEqual([]);

    const back = { ownerId: owner, oldLogin: login, login: old };
    expect(await metadata.client.findRetiredNames(back)).toEqual({ items: [] });
    await metadata.follow.accountRenamed(renamed(owner, login, old));
    expect((await commit(owner, old, 'loved')).package.id).toBe(packageId);
  });

  it('are free again on an administrator’s word, which a late event does not take back', async () => {
    const [owner, old, login] = [newOwner(), someLogin('old'), someLogin('new')];
    const packageId = await publish(owner, { name: 'loved', downloads: LIMIT + 1 });
    const event = renamed(owner, old, login);
    await metadata.follow.accountRenamed(event);
    const [retired] = (await metadata.client.listRetiredNames({ login: old })).items;
    const free = () => metadata.client.freeRetiredName({ retiredNameId: retired!.id, actor: alice });
    await free();
    await expect(free()).rejects.toMatchObject({ code: 'not_found' });
    await metadata.follow.accountRenamed(event);
    expect(await retiredUnder(old)).toEqual([]);
    await commit(newOwner(), old, 'loved');
    const events = await metadata.events(packageId);
    expect(events.filter(({ type }) => type === 'package.name-freed')).toEqual([
      expect.objectContaining({ actorId: alice.accountId }),
    ]);
  });

  it('are listed in pages', async () => {
    const [owner, login] = [newOwner(), someLogin('many')];
    for (const name of ['a', 'b', 'c']) await publish(owner, { name, downloads: LIMIT + 1 });
    await metadata.follow.accountDeleted(deleted(owner, login));
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof metadata.client.listRetiredNames>> =
        await metadata.client.listRetiredNames({ login, cursor, limit: 2 });
      names.push(...page.items.map(({ name }) => name));
      cursor = page.next;
    } while (cursor !== null);
    expect(names).toEqual(['a', 'b', 'c']);
  });
});
