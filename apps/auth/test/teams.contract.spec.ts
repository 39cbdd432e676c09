import type { Account, Team } from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { newId } from '@packhouse/kernel';
import { someActor as actor, startAuth, type AuthReplica } from './support/start-auth';

describe('teams', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let owner: Account;
  let member: Account;
  let acme: Account;
  let counter = 0;
  const user = async (): Promise<Account> =>
    (await auth.client.createUser({ login: `user-${++counter}` })).account;
  const team = async (name: string, more: { parentId?: string; privacy?: 'closed' | 'secret' } = {}) =>
    (await auth.client.createTeam({ organizationId: acme.id, name, actor, ...more })).team;
  const slugs = ({ items }: { items: Team[] }): string[] => items.map(({ slug }) => slug);

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres);
    owner = await user();
    member = await user();
  }, 60_000);
  beforeEach(async () => {
    const made = await auth.client.createOrganization({
      login: `org-${++counter}`,
      ownerAccountId: owner.id,
    });
    acme = made.account;
    await auth.client.setMember({ organizationId: acme.id, accountId: member.id, role: 'member' });
  });
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  describe('are made', () => {
    it('with a slug from their name and found by it without regard to case', async () => {
      const made = await team('  Größe & Blåbær  Team ');
      expect(made).toMatchObject({
        name: 'Größe & Blåbær  Team',
        slug: 'gro-e-blab-r-team',
        parentId: null,
      });
      await expect(
        auth.client.findTeam({ organizationId: acme.id, slug: 'GRO-E-BLAB-R-TEAM' }),
      ).resolves.toEqual({ team: made });
      await expect(auth.client.findTeamByNumber({ number: made.number })).resolves.toEqual({ team: made });
      await expect(auth.client.getTeams({ ids: [made.id, newId()] })).resolves.toEqual({ teams: [made] });
    });

    it('once for each slug of an organization, also when ten ask at the same moment', async () => {
      const attempts = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) => team(i % 2 ? 'Core Team' : 'core team')),
      );
      expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const one of attempts)
        if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'name_taken' });
    });

    it('never under a name without letters, with control characters or of endless length', async () => {
      for (const name of ['', '  ', '🦊', '..', 'a\u0000b', 'a\u202eb', 'x'.repeat(300)])
        await expect(team(name)).rejects.toMatchObject({ code: 'invalid_request' });
    });

    it('with maintainers who are members, or not at all', async () => {
      const make = (maintainerIds: string[], name: string) =>
        auth.client.createTeam({ organizationId: acme.id, name, maintainerIds, actor });
      const stranger = await user();
      await expect(make([member.id, stranger.id], 'half')).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(auth.client.findTeam({ organizationId: acme.id, slug: 'half' })).resolves.toEqual({
        team: null,
      });
      const { team: made } = await make([member.id, member.id], 'whole');
      expect(made.memberCount).toBe(1);
      await expect(auth.client.findTeamMember({ teamId: made.id, accountId: member.id })).resolves.toEqual({
        role: 'maintainer',
        inherited: false,
      });
    });

    it('for organizations only', async () => {
      const making = auth.client.createTeam({ organizationId: owner.id, name: 'x', actor });
      await expect(making).rejects.toMatchObject({ code: 'invalid_request' });
    });
  });

  describe('nest', () => {
    it('below teams of the same organization, and lists show what is below', async () => {
      const parent = await team('parent');
      const child = await team('child', { parentId: parent.id });
      expect(child.parentId).toBe(parent.id);
      expect(slugs(await auth.client.listChildTeams({ teamId: parent.id }))).toEqual(['child']);
      const other = await auth.client.createOrganization({
        login: `org-${++counter}`,
        ownerAccountId: owner.id,
      });
      const foreign = auth.client.createTeam({
        organizationId: other.account.id,
        name: 'foreign',
        parentId: parent.id,
        actor,
      });
      await expect(foreign).rejects.toMatchObject({ code: 'invalid_request' });
    });

    it('never in a circle, however long', async () => {
      const [a, b, c] = [await team('a'), await team('b'), await team('c')];
      const hang = (teamId: string, parentId: string | null) =>
        auth.client.updateTeam({ teamId, parentId, actor });
      await expect(hang(a.id, a.id)).rejects.toMatchObject({ code: 'invalid_request' });
      await hang(b.id, a.id);
      await hang(c.id, b.id);
      await expect(hang(a.id, c.id)).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(hang(c.id, null)).resolves.toMatchObject({ team: { parentId: null } });
    });

    it('never in a circle when two hang two teams below each other at the same moment', async () => {
      for (let round = 0; round < 5; round++) {
        const [a, b] = [await team(`left ${round}`), await team(`right ${round}`)];
        const attempts = await Promise.allSettled([
          auth.client.updateTeam({ teamId: a.id, parentId: b.id, actor }),
          auth.client.updateTeam({ teamId: b.id, parentId: a.id, actor }),
        ]);
        expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      }
    });

    it('twenty deep and no deeper, whole branches too', async () => {
      let parentId: string | undefined;
      for (let depth = 1; depth <= 20; depth++)
        parentId = (await team(`level ${depth}`, parentId ? { parentId } : {})).id;
      await expect(team('level 21', { parentId })).rejects.toMatchObject({ code: 'invalid_request' });
      const top = await auth.client.findTeam({ organizationId: acme.id, slug: 'level-1' });
      const root = await team('root');
      await expect(
        auth.client.updateTeam({ teamId: top.team!.id, parentId: root.id, actor }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
    });

    it('only while nobody of them is secret', async () => {
      const secret = await team('hidden', { privacy: 'secret' });
      const open = await team('open');
      await expect(team('below', { parentId: secret.id })).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(
        auth.client.updateTeam({ teamId: secret.id, parentId: open.id, actor }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
      await team('child', { parentId: open.id });
      await expect(
        auth.client.updateTeam({ teamId: open.id, privacy: 'secret', actor }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
    });
  });

  it('are renamed with their slug, and what is not given stays', async () => {
    const made = await team('First');
    await team('Taken');
    await expect(auth.client.updateTeam({ teamId: made.id, name: 'taken', actor })).rejects.toMatchObject({
      code: 'name_taken',
    });
    await auth.client.updateTeam({ teamId: made.id, description: 'We build.', actor });
    const { team: renamed } = await auth.client.updateTeam({ teamId: made.id, name: 'Second', actor });
    expect(renamed).toMatchObject({ slug: 'second', description: 'We build.', privacy: 'closed' });
    await expect(auth.client.findTeam({ organizationId: acme.id, slug: 'first' })).resolves.toEqual({
      team: null,
    });
  });

  it('go with the teams below them', async () => {
    const parent = await team('parent');
    const child = await team('child', { parentId: parent.id });
    const before = (await auth.eventTypes()).length;
    await auth.client.deleteTeam({ teamId: parent.id, actor });
    await expect(auth.client.getTeams({ ids: [parent.id, child.id] })).resolves.toEqual({ teams: [] });
    expect((await auth.eventTypes()).slice(before)).toEqual(['team.deleted', 'team.deleted']);
    await expect(auth.client.deleteTeam({ teamId: parent.id, actor })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('are listed in numbered pages that join, secret ones to their members only', async () => {
    for (const name of ['one', 'two', 'three']) await team(name);
    const secret = await team('secret', { privacy: 'secret' });
    const list = (viewerId: string | null, offset = 0) =>
      auth.client.listTeams({ organizationId: acme.id, viewerId, offset, limit: 2 });
    await expect(list(null)).resolves.toMatchObject({ total: 4 });
    expect([...slugs(await list(null)), ...slugs(await list(null, 2))]).toEqual([
      ...['one', 'secret', 'three', 'two'],
    ]);
    await expect(list(null, 4)).resolves.toEqual({ items: [], total: 4 });
    await expect(list(member.id)).resolves.toMatchObject({ total: 3 });
    await auth.client.setTeamMember({ teamId: secret.id, accountId: member.id, role: 'member', actor });
    await expect(list(member.id)).resolves.toMatchObject({ total: 4 });
  });

  describe('have members', () => {
    it('from the organization only, with a role that can be changed', async () => {
      const made = await team('core');
      const set = (accountId: string, role: 'member' | 'maintainer') =>
        auth.client.setTeamMember({ teamId: made.id, accountId, role, actor });
      await expect(set((await user()).id, 'member')).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(set(acme.id, 'member')).rejects.toMatchObject({ code: 'invalid_request' });
      await set(member.id, 'member');
      await set(member.id, 'maintainer');
      await expect(auth.client.listTeamMembers({ teamId: made.id })).resolves.toEqual({
        items: [{ accountId: member.id, login: member.login, role: 'maintainer' }],
        total: 1,
      });
      await auth.client.removeTeamMember({ teamId: made.id, accountId: member.id, actor });
      await expect(
        auth.client.removeTeamMember({ teamId: made.id, accountId: member.id, actor }),
      ).rejects.toMatchObject({ code: 'not_found' });
    });

    it('also through the teams below, as plain members', async () => {
      const parent = await team('parent');
      const child = await team('child', { parentId: parent.id });
      await auth.client.setTeamMember({
        ...{ teamId: child.id, accountId: member.id, role: 'maintainer' as const, actor },
      });
      await expect(auth.client.findTeamMember({ teamId: parent.id, accountId: member.id })).resolves.toEqual({
        role: 'member',
        inherited: true,
      });
      await expect(
        auth.client.listTeamMembers({ teamId: parent.id, role: 'maintainer' }),
      ).resolves.toMatchObject({ total: 0 });
      await expect(
        auth.client.listTeamsOfAccount({ accountId: member.id, organizationId: acme.id }),
      ).resolves.toMatchObject({ items: [{ slug: 'child' }], total: 1 });
    });

    it('never somebody who leaves the organization at the same moment', async () => {
      const made = await team('core');
      for (let round = 0; round < 8; round++) {
        await auth.client.setMember({ organizationId: acme.id, accountId: member.id, role: 'member' });
        await Promise.allSettled([
          auth.client.setTeamMember({ teamId: made.id, accountId: member.id, role: 'member', actor }),
          auth.client.removeMember({ organizationId: acme.id, accountId: member.id }),
        ]);
        await expect(
          auth.client.findTeamMember({ teamId: made.id, accountId: member.id }),
        ).resolves.toMatchObject({ role: null });
      }
    });
  });
});
