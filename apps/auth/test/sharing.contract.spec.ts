import type { Account, AccessSubject, PackageAction, PackageRole, Principal } from '@packhouse/contracts';
import { workflowAccount } from '@packhouse/contracts';
import { startScratchPostgres, type ScratchPostgres } from '@packhouse/database';
import { newId } from '@packhouse/kernel';
import { GrantCreator } from '../src/use-cases/grant-creator';
import { ReplaceGrants } from '../src/use-cases/replace-grants';
import { startAuth, type AuthReplica } from './support/start-auth';

type Package = NonNullable<AccessSubject['package']> & { repositoryId: string | null };

describe('access to packages', () => {
  let postgres: ScratchPostgres;
  let auth: AuthReplica;
  let counter = 0;
  let owner: Account;
  let member: Account;
  let outsider: Account;
  let acme: Account;
  let actor: { accountId: string; login: string };

  const user = async (): Promise<Account> =>
    (await auth.client.createUser({ login: `user-${++counter}` })).account;
  const repository = async (visibility: 'private' | 'public' = 'private'): Promise<string> => {
    const name = `repository-${++counter}`;
    return (await auth.client.createRepository({ ownerId: acme.id, name, visibility, actor })).repository.id;
  };
  const team = async (parentId: string | null = null): Promise<string> => {
    const name = `team-${++counter}`;
    return (await auth.client.createTeam({ organizationId: acme.id, name, parentId, actor })).team.id;
  };
  const as = ({ id, login }: Account, more: Partial<Principal> = {}): Principal => ({
    ...{ accountId: id, login, siteAdmin: false, tokenId: null, scopes: null, limits: null },
    ...{ workflow: null, expiresAt: null, twoFactor: 'off' as const },
    ...more,
  });
  const asWorkflow = (repositoryId: string, role: PackageRole = 'write'): Principal => ({
    ...as({ ...owner, ...workflowAccount }),
    workflow: { ownerId: acme.id, repositoryId, role },
  });
  const hidden = (more: Partial<Package> = {}): Package => ({
    ...{ id: newId(), visibility: 'private', inheritsAccess: false, repositoryId: null },
    ...more,
  });
  const shared = ({ id, visibility, inheritsAccess }: Package) => ({
    ...{ packageId: id, ownerId: acme.id, visibility, inheritsAccess, actor },
  });
  const subjectOf = ({ repositoryId, ...existing }: Package): AccessSubject => ({
    ...{ ownerId: acme.id, ownerLogin: acme.login, name: 'tool', format: 'toy', scope: 'owner' },
    ...{ newVisibility: 'private', repositoryId, package: existing },
  });
  async function decide(action: PackageAction, principal: Principal, of: Package): Promise<string> {
    const decision = await auth.client.decide({ principal, action, subject: subjectOf(of) });
    return decision.allowed ? 'allowed' : decision.code;
  }

  beforeAll(async () => {
    postgres = await startScratchPostgres();
    auth = await startAuth(postgres);
    [owner, member, outsider] = [await user(), await user(), await user()];
    actor = { accountId: owner.id, login: owner.login };
    acme = (await auth.client.createOrganization({ login: 'acme', ownerAccountId: owner.id })).account;
    await auth.client.setMember({ organizationId: acme.id, accountId: member.id, role: 'member' });
  }, 60_000);
  afterAll(async () => {
    await auth?.stop();
    await postgres?.stop();
  });

  describe('of people', () => {
    it('is given to members only, unless the package is public', async () => {
      const give = (of: Package) =>
        auth.client.setGrant({ ...shared(of), accountId: outsider.id, role: 'write' });
      for (const visibility of ['private', 'internal'] as const)
        await expect(give(hidden({ visibility }))).rejects.toMatchObject({
          code: 'forbidden',
          message: expect.stringMatching(/not a member of "acme".*Add the account/) as string,
        });
      const open = hidden({ visibility: 'public' });
      await give(open);
      expect(await decide('write', as(outsider), open)).toBe('allowed');
    });

    it('ends with the membership, whatever was granted', async () => {
      const guest = await user();
      const of = hidden();
      await auth.client.setMember({ organizationId: acme.id, accountId: guest.id, role: 'member' });
      await auth.client.setGrant({ ...shared(of), accountId: guest.id, role: 'admin' });
      expect(await decide('admin', as(guest), of)).toBe('allowed');
      await auth.client.removeMember({ organizationId: acme.id, accountId: guest.id });
      expect(await decide('read', as(guest), of)).toBe('not_found');
    });

    it('is not edited while the package inherits its access', async () => {
      const of = hidden({ inheritsAccess: true, repositoryId: await repository() });
      const refusal = { code: 'forbidden', message: expect.stringMatching(/inherits.*turn/) as string };
      const { client } = auth;
      const teamId = await team();
      const edits = [
        client.setGrant({ ...shared(of), accountId: member.id, role: 'read' }),
        client.removeGrant({ ...shared(of), accountId: member.id }),
        client.setTeamGrant({ ...shared(of), teamId, role: 'read' }),
        client.removeTeamGrant({ ...shared(of), teamId }),
      ];
      for (const edit of edits) await expect(edit).rejects.toMatchObject(refusal);
    });
  });

  describe('of teams', () => {
    it('reaches members of the team and of teams below it, at once, until one of them is left', async () => {
      const [parentId, of] = [await team(), hidden()];
      const childId = await team(parentId);
      await auth.client.setTeamGrant({ ...shared(of), teamId: parentId, role: 'write' });
      expect(await decide('read', as(member), of)).toBe('not_found');
      await auth.client.setTeamMember({ teamId: childId, accountId: member.id, role: 'member', actor });
      expect(await decide('write', as(member), of)).toBe('allowed');
      expect(await decide('delete', as(member), of)).toBe('forbidden');
      await auth.client.setTeamGrant({ ...shared(of), teamId: parentId, role: 'admin' });
      expect(await decide('delete', as(member), of)).toBe('allowed');
      await auth.client.updateTeam({ teamId: childId, parentId: null, actor });
      expect(await decide('read', as(member), of)).toBe('not_found');
      await auth.client.updateTeam({ teamId: childId, parentId, actor });
      expect(await decide('read', as(member), of)).toBe('allowed');
      await auth.client.removeTeamMember({ teamId: childId, accountId: member.id, actor });
      expect(await decide('read', as(member), of)).toBe('not_found');
    });

    it('is listed and taken back', async () => {
      const [teamId, of] = [await team(), hidden()];
      await auth.client.setTeamGrant({ ...shared(of), teamId, role: 'read' });
      const { grants } = await auth.client.listTeamGrants({ packageId: of.id });
      expect(grants).toMatchObject([{ packageId: of.id, teamId, role: 'read' }]);
      await auth.client.removeTeamGrant({ ...shared(of), teamId });
      await expect(auth.client.listTeamGrants({ packageId: of.id })).resolves.toEqual({ grants: [] });
      await expect(auth.client.removeTeamGrant({ ...shared(of), teamId })).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    it('is not given to teams of others', async () => {
      const made = await auth.client.createOrganization({ login: 'beta', ownerAccountId: owner.id });
      const foreign = await auth.client.createTeam({ organizationId: made.account.id, name: 'them', actor });
      for (const teamId of [foreign.team.id, newId()])
        await expect(
          auth.client.setTeamGrant({ ...shared(hidden()), teamId, role: 'read' }),
        ).rejects.toMatchObject({ code: 'not_found' });
    });
  });

  describe('of workflows', () => {
    it('is that of the repository, inherited or given', async () => {
      const [own, other] = [await repository(), await repository()];
      const of = hidden({ inheritsAccess: true, repositoryId: own });
      expect(await decide('write', asWorkflow(own), of)).toBe('allowed');
      expect(await decide('write', asWorkflow(own, 'read'), of)).toBe('forbidden');
      expect(await decide('delete', asWorkflow(own), of)).toBe('forbidden');
      expect(await decide('read', asWorkflow(other), of)).toBe('not_found');
      const give = (role: PackageRole) =>
        auth.client.setWorkflowGrant({ ...shared(of), repositoryId: other, role });
      await give('read');
      expect(await decide('read', asWorkflow(other), of)).toBe('allowed');
      expect(await decide('write', asWorkflow(other), of)).toBe('forbidden');
      await give('write');
      expect(await decide('write', asWorkflow(other), of)).toBe('allowed');
      await give('admin');
      expect(await decide('delete', asWorkflow(other), of)).toBe('allowed');
      await expect(auth.client.listWorkflowGrants({ packageId: of.id })).resolves.toMatchObject({
        grants: [{ repositoryId: other, ownerLogin: 'acme', role: 'admin' }],
      });
      await auth.client.removeWorkflowGrant({ packageId: of.id, repositoryId: other, actor });
      expect(await decide('read', asWorkflow(other), of)).toBe('not_found');
    });

    it('stays the publisher of what it published, whichever tells of it first', async () => {
      const repositoryId = await repository();
      const of = hidden({ repositoryId });
      const payload = {
        ...{ packageId: of.id, ownerId: acme.id, format: 'toy', name: 'tool', revision: 1 },
        ...{ visibility: 'private' as const, repositoryId, inheritsAccess: false },
      };
      const bot = { ...{ accountId: workflowAccount.id, login: workflowAccount.login, tokenId: null } };
      const event = {
        ...{ id: newId(), type: 'package.created', source: 'metadata', occurredAt: '', payload },
        actor: { ...bot, address: null, requestId: null },
      };
      await auth.get(GrantCreator).run(event);
      expect(await decide('delete', asWorkflow(repositoryId), of)).toBe('allowed');
      await auth.client.setWorkflowGrant({ ...shared(of), repositoryId, role: 'read' });
      await auth.get(GrantCreator).run(event);
      expect(await decide('write', asWorkflow(repositoryId), of)).toBe('forbidden');
    });
  });

  describe('that is inherited', () => {
    it('follows roles on the repository, in the moment in which they change', async () => {
      const repositoryId = await repository();
      const of = hidden({ inheritsAccess: true, repositoryId });
      expect(await decide('read', as(member), of)).toBe('allowed');
      await auth.client.setOrganizationPolicy({
        ...{ organizationId: acme.id, policy: { baseRole: 'none' }, actor },
      });
      expect(await decide('read', as(member), of)).toBe('not_found');
      const teamId = await team();
      await auth.client.setTeamMember({ teamId, accountId: member.id, role: 'member', actor });
      await auth.client.setTeamRepository({ repositoryId, teamId, role: 'maintain', actor });
      expect(await decide('write', as(member), of)).toBe('allowed');
      await auth.client.setOrganizationPolicy({
        ...{ organizationId: acme.id, policy: { baseRole: 'read' }, actor },
      });
    });

    it('replaces what was granted, and leaves the actor alone when it ends; a late word of it changes nothing', async () => {
      const [of, teamId, late] = [hidden(), await team(), await user()];
      await auth.client.setGrant({ ...shared(of), accountId: member.id, role: 'admin' });
      await auth.client.setTeamGrant({ ...shared(of), teamId, role: 'read' });
      const turn = (inheritsAccess: boolean, revision: number) =>
        auth.client.replaceGrants({ packageId: of.id, ownerId: acme.id, inheritsAccess, revision, actor });
      await turn(true, 5);
      expect(await decide('read', as(member), of)).toBe('not_found');
      await expect(auth.client.listTeamGrants({ packageId: of.id })).resolves.toEqual({ grants: [] });
      await turn(false, 6);
      const only = { grants: [{ accountId: owner.id, role: 'admin' }] };
      await expect(auth.client.listGrants({ packageId: of.id })).resolves.toMatchObject(only);
      await auth.client.setMember({ organizationId: acme.id, accountId: late.id, role: 'member' });
      await auth.client.setGrant({ ...shared(of), accountId: late.id, role: 'read' });
      const payload = {
        ...{ packageId: of.id, format: 'toy', ownerId: acme.id, name: 'tool', revision: 5 },
        ...{ inheritsAccess: true, repositoryId: null },
      };
      await auth.get(ReplaceGrants).runLater({
        ...{ id: newId(), type: 'package.access-mode-changed', source: 'metadata', occurredAt: '', payload },
        actor: null,
      });
      expect(await decide('read', as(late), of)).toBe('allowed');
    });
  });

  describe('of a new package', () => {
    const plan = (principal: Principal, name: string | null, existing: AccessSubject | null = null) =>
      auth.client.planNewPackage({
        ...{ principal, ownerId: acme.id, repository: name && { ownerLogin: 'acme', name }, existing },
      } as Parameters<typeof auth.client.planNewPackage>[0]);

    it('is that of a repository to which its publisher may write', async () => {
      const { repository: made } = await auth.client.createRepository({
        ...{ ownerId: acme.id, name: 'App', visibility: 'private', actor },
      });
      await expect(plan(as(owner), 'app')).resolves.toEqual({
        ...{ repositoryId: made.id, inheritsAccess: true, visibility: null, notice: null },
      });
      const refused = await plan(as(member), 'app');
      expect(refused).toMatchObject({ repositoryId: null, inheritsAccess: false });
      expect(refused.notice).toMatch(/not linked to "acme\/app"/);
      const absent = await plan(as(member), 'nothing');
      expect(absent.notice).toBe(refused.notice?.replace('acme/app', 'acme/nothing'));
      await expect(plan(as(member), null)).resolves.toMatchObject({ repositoryId: null, notice: null });
    });

    it('does not inherit where the organization turned that off', async () => {
      const policy = (inheritByDefault: boolean) =>
        auth.client.setOrganizationPolicy({ organizationId: acme.id, policy: { inheritByDefault }, actor });
      await policy(false);
      await expect(plan(as(owner), 'app')).resolves.toMatchObject({ inheritsAccess: false, notice: null });
      await policy(true);
    });

    it("is that of a workflow's own repository, with its visibility, whatever the upload names", async () => {
      const repositoryId = await repository('public');
      await expect(plan(asWorkflow(repositoryId), 'app')).resolves.toEqual({
        ...{ repositoryId, inheritsAccess: true, visibility: 'public', notice: null },
      });
    });

    it('is that of one whose link is open where the account administers it, whatever its token is for', async () => {
      const { repository: made } = await auth.client.createRepository({
        ...{ ownerId: acme.id, name: 'opened', visibility: 'private', actor },
      });
      const writer = { repositoryId: made.id, accountId: member.id, role: 'write', actor } as const;
      await auth.client.setCollaborator(writer);
      const of = hidden();
      const grant = (role: PackageRole) =>
        auth.client.setGrant({ ...shared(of), accountId: member.id, role });
      const limits = { ownerId: acme.id, packages: null, actions: ['write' as const] };
      const byToken = as(member, { limits });
      await grant('write');
      const refused = await plan(byToken, 'opened', subjectOf(of));
      expect(refused).toMatchObject({ repositoryId: null, inheritsAccess: false });
      expect(refused.notice).toMatch(/not linked to "acme\/opened": that is for who administers the package/);
      await grant('admin');
      await expect(plan(byToken, 'opened', subjectOf(of))).resolves.toEqual({
        ...{ repositoryId: made.id, inheritsAccess: true, visibility: null, notice: null },
      });
      const linked = hidden({ inheritsAccess: true, repositoryId: made.id });
      await expect(plan(byToken, 'opened', subjectOf(linked))).resolves.toMatchObject({ notice: null });
      await expect(plan(asWorkflow(made.id), 'opened', subjectOf(of))).resolves.toEqual({
        ...{ repositoryId: null, inheritsAccess: false, visibility: null, notice: null },
      });
    });

    it('leaves the access to who has it already: somebody gave that to another person, or to a team', async () => {
      await auth.client.createRepository({
        ...{ ownerId: acme.id, name: 'late', visibility: 'private', actor },
      });
      const teamId = await team();
      const give = [
        (of: Package) => auth.client.setGrant({ ...shared(of), accountId: member.id, role: 'read' }),
        (of: Package) => auth.client.setTeamGrant({ ...shared(of), teamId, role: 'read' }),
      ];
      for (const grant of give) {
        const of = hidden();
        // That of whoever pushes it came with the package.
        await auth.client.setGrant({ ...shared(of), accountId: owner.id, role: 'admin' });
        const late = () => plan(as(owner), 'late', subjectOf(of));
        expect(await late()).toMatchObject({ inheritsAccess: true, notice: null });
        await grant(of);
        expect(await late()).toMatchObject({
          ...{ repositoryId: expect.any(String) as string, inheritsAccess: false },
          notice: expect.stringMatching(/linked to "acme\/late" and keeps its own access/) as string,
        });
      }
    });

    it('is refused to members where the organization lets them create other packages only', async () => {
      const create = async (newVisibility: 'public' | 'private', principal: Principal) =>
        auth.client.decide({
          ...{ principal, action: 'write' },
          subject: { ...subjectOf(hidden()), package: null, newVisibility },
        });
      const policy = (createPublic: boolean) =>
        auth.client.setOrganizationPolicy({ organizationId: acme.id, policy: { createPublic }, actor });
      await policy(false);
      expect(await create('public', as(member))).toMatchObject({
        code: 'forbidden',
        reason: expect.stringMatching(
          /Members of "acme" may create only .*private.*, not a public one/,
        ) as string,
      });
      expect(await create('private', as(member))).toMatchObject({ allowed: true });
      expect(await create('public', as(owner))).toMatchObject({ allowed: true });
      await policy(true);
      expect(await create('public', as(member))).toMatchObject({ allowed: true });
    });
  });

  it('is explained to administrators: all facts, and what is missing', async () => {
    const of = hidden();
    const { decision, facts, steps } = await auth.client.explainDecision({
      ...{ who: { kind: 'account', accountId: member.id }, action: 'read', subject: subjectOf(of) },
    });
    expect(decision).toMatchObject({ allowed: false, code: 'not_found' });
    expect(facts).toContainEqual({ name: 'role in the organization', value: 'member' });
    expect(facts).toContainEqual({ name: 'grant on the package', value: 'none' });
    expect(steps.map(({ name, passed }) => [name, passed])).toEqual([
      ['credential', true],
      ['account', false],
      ['format', true],
    ]);
    expect(steps[1]?.sentence).toContain('lacks the grant "read"');
    const unknown = { kind: 'token', hash: 'f'.repeat(64) } as const;
    await expect(
      auth.client.explainDecision({ who: unknown, action: 'read', subject: subjectOf(of) }),
    ).rejects.toMatchObject({ code: 'credentials_invalid' });
  });

  it('is refused where a format is switched off, to those who would have it', async () => {
    const of = hidden();
    const { client } = auth;
    await client.setFormatPolicy({ format: 'toy', state: 'read-only', actor });
    expect(await decide('read', as(owner), of)).toBe('allowed');
    expect(await decide('write', as(owner), of)).toBe('forbidden');
    expect(await decide('delete', as(owner), of)).toBe('allowed');
    await client.setFormatPolicy({ format: 'toy', state: 'disabled', actor });
    expect(await decide('read', as(owner), of)).toBe('forbidden');
    expect(await decide('read', as(member), of)).toBe('not_found');
    await client.setFormatPolicy({ format: 'toy', state: 'enabled', actor });
    expect(await decide('read', as(owner), of)).toBe('allowed');
  });
});
