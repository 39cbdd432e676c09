import type { Account, Repository, RepositoryRole, Visibility } from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { newId } from '@packhouse/kernel';
import { someActor as actor, startAuth, type AuthReplica } from './support/start-auth';

describe('repositories', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let owner: Account;
  let member: Account;
  let outsider: Account;
  let acme: Account;
  let counter = 0;
  const user = async (): Promise<Account> =>
    (await auth.client.createUser({ login: `user-${++counter}` })).account;
  const organization = async (): Promise<Account> =>
    (await auth.client.createOrganization({ login: `org-${++counter}`, ownerAccountId: owner.id })).account;
  const repository = async (ownerId: string, visibility: Visibility = 'private'): Promise<Repository> => {
    auth.clock.advance(1000);
    return (await auth.client.createRepository({ ownerId, name: `repo-${++counter}`, visibility }))
      .repository;
  };
  const roleOf = async ({ id: repositoryId }: Repository, account: Account | null) =>
    (await auth.client.findRepositoryRole({ repositoryId, accountId: account?.id ?? null })).role;
  const collaborate = ({ id: repositoryId }: Repository, { id: accountId }: Account, role: RepositoryRole) =>
    auth.client.setCollaborator({ repositoryId, accountId, role, actor });
  const payloads = async (type: string): Promise<unknown[]> => {
    const rows = await auth.database.query<{ payload: unknown }>(
      'SELECT payload FROM outbox WHERE type = $1 ORDER BY id',
      [type],
    );
    return rows.map(({ payload }) => payload);
  };

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres);
    [owner, member, outsider] = [await user(), await user(), await user()];
  }, 60_000);
  beforeEach(async () => {
    acme = await organization();
    await auth.client.setMember({ organizationId: acme.id, accountId: member.id, role: 'member' });
  });
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  describe('give the strongest role from any source', () => {
    it('to their owner, to owners of the organization, and the base role to members', async () => {
      const own = await repository(outsider.id);
      await expect(roleOf(own, outsider)).resolves.toBe('admin');
      await expect(roleOf(own, member)).resolves.toBeNull();
      const shared = await repository(acme.id);
      await expect(roleOf(shared, owner)).resolves.toBe('admin');
      await expect(roleOf(shared, member)).resolves.toBe('read');
      for (const [baseRole, expected] of [
        ['none', null],
        ['write', 'write'],
        ['admin', 'admin'],
      ] as const) {
        await auth.client.setOrganizationPolicy({ organizationId: acme.id, policy: { baseRole }, actor });
        await expect(roleOf(shared, member)).resolves.toBe(expected);
      }
      await expect(roleOf(shared, outsider)).resolves.toBeNull();
      await expect(roleOf({ ...shared, id: newId() }, owner)).resolves.toBeNull();
    });

    it('to collaborators, also where the base role is weaker, never less than the base role', async () => {
      const shared = await repository(acme.id);
      await expect(collaborate(shared, outsider, 'triage')).resolves.toEqual({ outcome: 'added' });
      await expect(collaborate(shared, outsider, 'maintain')).resolves.toEqual({ outcome: 'changed' });
      await expect(collaborate(shared, outsider, 'maintain')).resolves.toEqual({ outcome: 'unchanged' });
      await expect(roleOf(shared, outsider)).resolves.toBe('maintain');
      await auth.client.setOrganizationPolicy({
        ...{ organizationId: acme.id, policy: { baseRole: 'write' as const }, actor },
      });
      await collaborate(shared, member, 'read');
      await expect(roleOf(shared, member)).resolves.toBe('write');
      await auth.client.removeCollaborator({ repositoryId: shared.id, accountId: outsider.id, actor });
      await expect(roleOf(shared, outsider)).resolves.toBeNull();
    });

    it('to members of a team and of every team below it', async () => {
      const shared = await repository(acme.id);
      const make = async (name: string, parentId: string | null) =>
        (await auth.client.createTeam({ organizationId: acme.id, name, parentId, actor })).team;
      const top = await make('top', null);
      const middle = await make('middle', top.id);
      const bottom = await make('bottom', middle.id);
      await auth.client.setTeamMember({
        ...{ teamId: bottom.id, accountId: member.id, role: 'member' as const, actor },
      });
      const give = (teamId: string, role: RepositoryRole) =>
        auth.client.setTeamRepository({ teamId, repositoryId: shared.id, role, actor });
      await give(top.id, 'maintain');
      await give(bottom.id, 'triage');
      await expect(roleOf(shared, member)).resolves.toBe('maintain');
      await expect(
        auth.client.findTeamRepositoryRole({ teamId: middle.id, repositoryId: shared.id }),
      ).resolves.toEqual({ role: 'maintain' });
      await expect(auth.client.listTeamRepositories({ teamId: bottom.id })).resolves.toEqual({
        items: [{ repositoryId: shared.id, role: 'maintain' }],
        total: 1,
      });
      await auth.client.updateTeam({ teamId: middle.id, parentId: null, actor });
      await expect(roleOf(shared, member)).resolves.toBe('triage');
      await auth.client.removeTeamRepository({ teamId: bottom.id, repositoryId: shared.id, actor });
      await expect(roleOf(shared, member)).resolves.toBe('read');
      const foreign = await repository((await organization()).id);
      await expect(
        auth.client.setTeamRepository({ teamId: top.id, repositoryId: foreign.id, role: 'read', actor }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
    });

    it('read to anybody while they are public, and to the whole enterprise while they are internal', async () => {
      const open = await repository(acme.id, 'public');
      await expect(roleOf(open, null)).resolves.toBe('read');
      const internal = await repository(acme.id, 'internal');
      const beta = await organization();
      await auth.client.setMember({ organizationId: beta.id, accountId: outsider.id, role: 'member' });
      await auth.client.setOrganizationPolicy({
        ...{ organizationId: acme.id, policy: { baseRole: 'none' as const }, actor },
      });
      await expect(roleOf(internal, member)).resolves.toBe('read');
      await expect(roleOf(internal, null)).resolves.toBeNull();
      await expect(roleOf(internal, outsider)).resolves.toBeNull();
      const slug = `enterprise-${++counter}`;
      const { enterprise } = await auth.client.createEnterprise({ slug, name: 'One', actor });
      for (const { id: organizationId } of [acme, beta])
        await auth.client.addEnterpriseOrganization({ enterpriseId: enterprise.id, organizationId, actor });
      await expect(roleOf(internal, outsider)).resolves.toBe('read');
      await auth.client.removeEnterpriseOrganization({
        ...{ enterpriseId: enterprise.id, organizationId: beta.id, actor },
      });
      await expect(roleOf(internal, outsider)).resolves.toBeNull();
    });
  });

  describe('list', () => {
    it('who has a role, from whatever source, by affiliation and least role', async () => {
      const shared = await repository(acme.id);
      await collaborate(shared, outsider, 'write');
      const list = async (more: object) =>
        (await auth.client.listCollaborators({ repositoryId: shared.id, ...more })).items.map(
          ({ login, role }) => `${login} ${role}`,
        );
      await expect(list({})).resolves.toEqual([
        `${owner.login} admin`,
        `${member.login} read`,
        `${outsider.login} write`,
      ]);
      await expect(list({ minimum: 'write' })).resolves.toEqual([
        `${owner.login} admin`,
        `${outsider.login} write`,
      ]);
      await expect(list({ affiliation: 'outside' })).resolves.toEqual([`${outsider.login} write`]);
      await collaborate(shared, member, 'triage');
      await expect(list({ affiliation: 'direct' })).resolves.toEqual([
        `${member.login} triage`,
        `${outsider.login} write`,
      ]);
    });

    it('only what somebody may see', async () => {
      const hidden = await repository(acme.id);
      const open = await repository(acme.id, 'public');
      const given = await repository(acme.id);
      await collaborate(given, outsider, 'read');
      const list = async (account: Account | null, more: object = {}) => {
        const request = { accountId: account?.id ?? null, ownerId: acme.id, sort: 'created' as const };
        const { items } = await auth.client.listVisibleRepositories({ ...request, ...more });
        return items.map(({ name }) => name);
      };
      await expect(list(null)).resolves.toEqual([open.name]);
      await expect(list(outsider)).resolves.toEqual([open.name, given.name]);
      await expect(list(member)).resolves.toEqual([hidden.name, open.name, given.name]);
      await expect(list(null, { everything: true })).resolves.toHaveLength(3);
      await expect(list(member, { visibility: 'private', descending: true })).resolves.toEqual([
        given.name,
        hidden.name,
      ]);
      const own = { ownerId: null, affiliations: ['collaborator' as const] };
      await expect(list(outsider, own)).resolves.toContain(given.name);
      await expect(list(outsider, own)).resolves.not.toContain(open.name);
    });
  });

  describe('change', () => {
    it('their name, once for each owner, also when two rename at the same moment', async () => {
      const [one, two] = [await repository(acme.id), await repository(acme.id)];
      const attempts = await Promise.allSettled(
        [one, two].map(({ id: repositoryId }) =>
          auth.client.updateRepository({ repositoryId, name: 'Wanted', actor }),
        ),
      );
      expect(attempts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      for (const one of attempts)
        if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'name_taken' });
      await expect(payloads('repository.renamed')).resolves.toHaveLength(1);
      await expect(
        auth.client.findRepository({ ownerLogin: acme.login, name: 'wanted' }),
      ).resolves.toMatchObject({ repository: { name: 'Wanted' } });
    });

    it('their visibility with an event that tells old and new; internal at organizations only', async () => {
      const own = await repository(outsider.id);
      await expect(
        auth.client.updateRepository({ repositoryId: own.id, visibility: 'internal', actor }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
      await auth.client.updateRepository({ repositoryId: own.id, visibility: 'public', actor });
      expect((await payloads('repository.changed')).at(-1)).toMatchObject({
        ...{ repositoryId: own.id, visibility: 'public', oldVisibility: 'private' },
      });
    });

    it('their owner: teams stay behind, collaborators come along, the old user works on', async () => {
      const own = await repository(outsider.id);
      await collaborate(own, member, 'triage');
      const { repository: moved } = await auth.client.transferRepository({
        ...{ repositoryId: own.id, newOwnerId: acme.id, newName: 'moved', actor },
      });
      expect(moved).toMatchObject({ ownerLogin: acme.login, name: 'moved', number: own.number });
      await expect(roleOf(moved, outsider)).resolves.toBe('write');
      await expect(roleOf(moved, member)).resolves.toBe('triage');
      expect((await payloads('repository.transferred')).at(-1)).toMatchObject({
        ...{ oldOwnerId: outsider.id, oldName: own.name, ownerId: acme.id, name: 'moved' },
      });

      const internal = await repository(acme.id, 'internal');
      const { team } = await auth.client.createTeam({ organizationId: acme.id, name: 'core', actor });
      await auth.client.setTeamRepository({
        teamId: team.id,
        repositoryId: internal.id,
        role: 'admin',
        actor,
      });
      const { repository: away } = await auth.client.transferRepository({
        ...{ repositoryId: internal.id, newOwnerId: outsider.id, actor },
      });
      expect(away.visibility).toBe('private');
      await expect(auth.client.listRepositoryTeams({ repositoryId: away.id })).resolves.toMatchObject({
        total: 0,
      });
      await expect(roleOf(away, member)).resolves.toBeNull();
      const again = { repositoryId: away.id, newOwnerId: outsider.id, actor };
      await expect(auth.client.transferRepository(again)).rejects.toMatchObject({ code: 'invalid_request' });
    });

    it('to nothing, with an event', async () => {
      const gone = await repository(acme.id);
      await auth.client.deleteRepository({ repositoryId: gone.id, actor });
      await expect(auth.client.getRepositories({ ids: [gone.id] })).resolves.toEqual({ repositories: [] });
      await expect(auth.client.deleteRepository({ repositoryId: gone.id, actor })).rejects.toMatchObject({
        code: 'not_found',
      });
      expect((await payloads('repository.deleted')).at(-1)).toMatchObject({ repositoryId: gone.id });
    });
  });

  it('take people as collaborators, and not their owner', async () => {
    const own = await repository(outsider.id);
    await expect(collaborate(own, outsider, 'read')).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(collaborate(own, acme, 'read')).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(collaborate({ ...own, id: newId() }, member, 'read')).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(
      auth.client.removeCollaborator({ repositoryId: own.id, accountId: member.id, actor }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });
});
