import {
  ConformingFetch,
  OctokitClient,
  PlatformApi,
  removeTemporaryFolders,
  startPlatform,
  type RunningPlatform,
} from '@packhouse/testing';

jest.setTimeout(120_000);

type Named = { login: string; name: string; slug: string; full_name: string; id: number };

const password = 'correct-horse-battery';

/** What an administrator does with the unmodified client to make an empty instance one that a company works with. */
describe('an instance is set up with @octokit/rest', () => {
  let platform: RunningPlatform;
  let conforming: ConformingFetch;
  let root: OctokitClient;
  let ann: OctokitClient;
  let bob: OctokitClient;
  let eve: OctokitClient;
  let stranger: OctokitClient;
  const org = 'acme';

  const open = (token?: string) => OctokitClient.open({ url: platform.url, token, fetch: conforming.fetch });
  async function signUp(login: string, scopes = ['repo', 'admin:org', 'user']): Promise<OctokitClient> {
    await platform.api.createUser(login, password);
    const api = PlatformApi.withPassword(platform.url, login, password);
    return open((await api.createToken({ scopes })).token);
  }

  beforeAll(async () => {
    platform = await startPlatform({ mode: 'embedded' });
    conforming = await ConformingFetch.open(platform.url, { github: true });
    const scopes = ['site_admin', 'admin:org', 'repo', 'user'];
    root = open((await platform.api.createToken({ scopes })).token);
    [ann, bob, eve] = [await signUp('ann'), await signUp('bob'), await signUp('eve')];
    stranger = open();
  });
  afterAll(async () => {
    await platform?.stop();
    removeTemporaryFolders();
  }, 60_000);

  describe('people', () => {
    it('are made, renamed, promoted and deleted by site administrators only', async () => {
      const { data: made } = await root.request<Named>('POST /admin/users', {
        ...{ login: 'monalisa', email: 'mona@example.org' },
      });
      expect(made).toMatchObject({ login: 'monalisa', type: 'User', site_admin: false });
      await expect(root.request('POST /admin/users', { login: 'MonaLisa' })).rejects.toMatchObject({
        status: 422,
        response: { data: { errors: [{ code: 'already_exists' }] } },
      });
      for (const login of ['not a login', '_registry', ''])
        await expect(root.request('POST /admin/users', { login })).rejects.toMatchObject({ status: 422 });
      await expect(ann.request('POST /admin/users', { login: 'never' })).rejects.toMatchObject({
        status: 403,
      });
      await expect(stranger.request('POST /admin/users', { login: 'never' })).rejects.toMatchObject({
        status: 401,
      });
      const renaming = { username: 'monalisa', login: 'octocat' };
      const renamed = await root.request('PATCH /admin/users/{username}', renaming);
      expect(renamed.status).toBe(202);
      await expect(ann.call('users.getByUsername', { username: 'octocat' })).resolves.toMatchObject({
        id: made.id,
      });
      await expect(ann.statusOf('users.getByUsername', { username: 'monalisa' })).resolves.toBe(404);
      await root.request('PUT /users/{username}/site_admin', { username: 'octocat' });
      await expect(ann.call('users.getByUsername', { username: 'octocat' })).resolves.toMatchObject({
        site_admin: true,
      });
      await root.request('DELETE /users/{username}/site_admin', { username: 'octocat' });
      await root.request('DELETE /admin/users/{username}', { username: 'octocat' });
      await expect(ann.statusOf('users.getByUsername', { username: 'octocat' })).resolves.toBe(404);
      await expect(
        root.request('DELETE /admin/users/{username}', { username: platform.adminLogin }),
      ).rejects.toMatchObject({ status: 403 });
    });

    it('are listed in pages by id that join', async () => {
      const seen = await root.paginate<Named>('users.list', { per_page: 1 });
      expect(seen.map(({ login }) => login)).toEqual(
        expect.arrayContaining([platform.adminLogin, 'ann', 'bob', 'eve']),
      );
      expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
    });

    it('change what they show of themselves', async () => {
      const body = { name: 'Ann', company: 'Acme', email: 'ann@example.org', bio: null };
      await expect(ann.call('users.updateAuthenticated', body)).resolves.toMatchObject({
        ...{ login: 'ann', name: 'Ann', company: 'Acme', bio: null },
      });
      await expect(ann.statusOf('users.updateAuthenticated', { email: 'no address' })).resolves.toBe(422);
    });
  });

  describe('organizations', () => {
    it('are made for an owner, who describes them and sets what members may do', async () => {
      const made = await root.request('POST /admin/organizations', {
        ...{ login: org, admin: 'ann', profile_name: 'Acme Inc.' },
      });
      expect(made).toMatchObject({ status: 201, data: { login: org } });
      const nobodys = { login: 'void', admin: 'nobody-here' };
      await expect(root.request('POST /admin/organizations', nobodys)).rejects.toMatchObject({
        status: 422,
        response: { data: { errors: [{ field: 'admin' }] } },
      });
      await ann.call('orgs.update', { org, description: 'We make things', blog: 'https://acme.example' });
      const policy = { default_repository_permission: 'none', members_can_create_public_repositories: false };
      await expect(ann.call('orgs.update', { org, ...policy })).resolves.toMatchObject({
        ...{ name: 'Acme Inc.', description: 'We make things', ...policy },
      });
      await expect(bob.call('orgs.get', { org })).resolves.not.toHaveProperty(
        'default_repository_permission',
      );
      await expect(bob.statusOf('orgs.update', { org, name: 'Bobs' })).resolves.toBe(403);
      await expect(bob.statusOf('orgs.get', { org: 'no-such-org' })).resolves.toBe(404);
      const listed = await bob.paginate<Named>('orgs.list', { per_page: 1 });
      expect(listed.map(({ login }) => login)).toContain(org);
    });

    it('take members, change their roles and keep their last owner', async () => {
      const membership = { org, username: 'bob' };
      await expect(ann.call('orgs.setMembershipForUser', membership)).resolves.toMatchObject({
        ...{ state: 'active', role: 'member', user: { login: 'bob' } },
      });
      await expect(ann.statusOf('orgs.checkMembershipForUser', membership)).resolves.toBe(204);
      await expect(eve.statusOf('orgs.checkMembershipForUser', membership)).resolves.toBe(404);
      await expect(eve.statusOf('orgs.getMembershipForUser', membership)).resolves.toBe(403);
      await expect(eve.statusOf('orgs.setMembershipForUser', { org, username: 'eve' })).resolves.toBe(403);
      await expect(eve.call('orgs.listMembers', { org })).resolves.toEqual([]);
      const members = await bob.paginate<Named>('orgs.listMembers', { org, per_page: 1 });
      expect(members.map(({ login }) => login)).toEqual(['ann', 'bob']);
      const owners = await bob.call<Named[]>('orgs.listMembers', { org, role: 'admin' });
      expect(owners.map(({ login }) => login)).toEqual(['ann']);
      await expect(ann.statusOf('orgs.removeMembershipForUser', { org, username: 'ann' })).resolves.toBe(403);
      const own = await bob.call<Named[]>('orgs.listForAuthenticatedUser');
      expect(own.map(({ login }) => login)).toEqual([org]);
      await expect(eve.call('orgs.listForUser', { username: 'bob' })).resolves.toEqual([]);
      await expect(bob.call('orgs.getMembershipForAuthenticatedUser', { org })).resolves.toMatchObject({
        role: 'member',
      });
      await expect(bob.call('orgs.listMembershipsForAuthenticatedUser')).resolves.toHaveLength(1);
    });
  });

  describe('repositories', () => {
    it('are made by owners and, as the policy lets them, by members', async () => {
      await expect(
        ann.call('repos.createInOrg', { org, name: 'app', visibility: 'private', description: 'The app' }),
      ).resolves.toMatchObject({ full_name: 'acme/app', private: true, role_name: 'admin' });
      await expect(ann.statusOf('repos.createInOrg', { org, name: 'APP' })).resolves.toBe(422);
      await expect(bob.statusOf('repos.createInOrg', { org, name: 'open' })).resolves.toBe(403);
      await expect(
        bob.call('repos.createInOrg', { org, name: 'bobs', private: true }),
      ).resolves.toMatchObject({ visibility: 'private' });
      await expect(eve.statusOf('repos.createInOrg', { org, name: 'eves' })).resolves.toBe(403);
      await ann.call('repos.createInOrg', { org, name: 'site', visibility: 'public' });
      await expect(
        bob.call('repos.createForAuthenticatedUser', { name: 'own', private: true }),
      ).resolves.toMatchObject({ full_name: 'bob/own' });
    });

    it('are seen by those only who may: 401 for strangers, 404 for others, absent from lists', async () => {
      const app = { owner: org, repo: 'app' };
      await expect(stranger.statusOf('repos.get', app)).resolves.toBe(401);
      await expect(stranger.statusOf('repos.get', { owner: org, repo: 'nothing' })).resolves.toBe(401);
      for (const client of [eve, bob]) await expect(client.statusOf('repos.get', app)).resolves.toBe(404);
      await expect(stranger.call('repos.get', { owner: org, repo: 'site' })).resolves.toMatchObject({
        visibility: 'public',
      });
      const list = async (client: OctokitClient) =>
        (await client.paginate<Named>('repos.listForOrg', { org, per_page: 1, sort: 'full_name' })).map(
          ({ name }) => name,
        );
      await expect(list(stranger)).resolves.toEqual(['site']);
      await expect(list(eve)).resolves.toEqual(['site']);
      await expect(list(bob)).resolves.toEqual(['bobs', 'site']);
      await expect(list(ann)).resolves.toEqual(['app', 'bobs', 'site']);
      await expect(eve.call('repos.listForUser', { username: 'bob' })).resolves.toEqual([]);
      const own = await bob.call<Named[]>('repos.listForAuthenticatedUser');
      expect(own.map((one) => one.full_name)).toEqual(
        expect.arrayContaining(['bob/own', 'acme/bobs', 'acme/site']),
      );
      await expect(
        bob.statusOf('repos.listForAuthenticatedUser', { visibility: 'public', type: 'owner' }),
      ).resolves.toBe(422);
    });

    it('are out of reach of tokens without the scope repo', async () => {
      const api = PlatformApi.withPassword(platform.url, 'ann', password);
      const weak = open((await api.createToken({ scopes: ['read:org', 'public_repo'] })).token);
      await expect(weak.statusOf('repos.get', { owner: org, repo: 'app' })).resolves.toBe(404);
      await expect(weak.statusOf('repos.get', { owner: org, repo: 'site' })).resolves.toBe(200);
      await expect(weak.statusOf('repos.createInOrg', { org, name: 'x', private: true })).resolves.toBe(403);
      await expect(weak.statusOf('teams.create', { org, name: 'x' })).resolves.toBe(403);
      await expect(weak.call('orgs.listMembers', { org })).resolves.toHaveLength(2);
    });

    it('take collaborators in five roles, effective at once', async () => {
      const app = { owner: org, repo: 'app' };
      const eves = { ...app, username: 'eve' };
      await expect(bob.statusOf('repos.addCollaborator', eves)).resolves.toBe(404);
      for (const [permission, role] of [
        ['pull', 'read'],
        ['triage', 'triage'],
        ['push', 'write'],
        ['maintain', 'maintain'],
      ] as const) {
        await ann.call('repos.addCollaborator', { ...eves, permission });
        await expect(eve.call('repos.get', app)).resolves.toMatchObject({ role_name: role });
      }
      await expect(eve.statusOf('repos.delete', app)).resolves.toBe(403);
      await expect(ann.call('repos.getCollaboratorPermissionLevel', eves)).resolves.toMatchObject({
        ...{ permission: 'write', role_name: 'maintain' },
      });
      await expect(ann.statusOf('repos.checkCollaborator', eves)).resolves.toBe(204);
      await expect(ann.statusOf('repos.checkCollaborator', { ...app, username: 'bob' })).resolves.toBe(404);
      const outside = await ann.call<Named[]>('orgs.listOutsideCollaborators', { org });
      expect(outside.map(({ login }) => login)).toEqual(['eve']);
      const listed = await eve.call<Named[]>('repos.listCollaborators', app);
      expect(listed.map(({ login }) => login)).toEqual(['ann', 'eve']);
      await ann.call('orgs.removeOutsideCollaborator', { org, username: 'eve' });
      await expect(eve.statusOf('repos.get', app)).resolves.toBe(404);
      await expect(ann.statusOf('orgs.removeOutsideCollaborator', { org, username: 'bob' })).resolves.toBe(
        422,
      );
    });
  });

  describe('teams', () => {
    it('nest, and their members have what the teams above have', async () => {
      const top = await ann.call<Named>('teams.create', { org, name: 'Engineering', privacy: 'closed' });
      const below = { org, name: 'Web Front End', parent_team_id: top.id };
      await expect(ann.call('teams.create', below)).resolves.toMatchObject({
        ...{ slug: 'web-front-end', privacy: 'closed', parent: { slug: 'engineering' } },
      });
      await expect(ann.statusOf('teams.create', below)).resolves.toBe(422);
      const circle = { org, team_slug: 'engineering', parent_team_slug: 'web-front-end' };
      await expect(ann.statusOf('teams.updateInOrg', circle)).resolves.toBe(422);
      const children = await ann.call<Named[]>('teams.listChildInOrg', { org, team_slug: 'engineering' });
      expect(children.map(({ slug }) => slug)).toEqual(['web-front-end']);

      const web = { org, team_slug: 'web-front-end' };
      await expect(
        ann.statusOf('teams.addOrUpdateMembershipForUserInOrg', { ...web, username: 'eve' }),
      ).resolves.toBe(422);
      await expect(
        ann.call('teams.addOrUpdateMembershipForUserInOrg', { ...web, username: 'bob' }),
      ).resolves.toMatchObject({ role: 'member', state: 'active' });
      const app = { owner: org, repo: 'app' };
      const engineering = { org, team_slug: 'engineering', ...app };
      await expect(bob.statusOf('repos.get', app)).resolves.toBe(404);
      await ann.call('teams.addOrUpdateRepoPermissionsInOrg', { ...engineering, permission: 'push' });
      await expect(bob.call('repos.get', app)).resolves.toMatchObject({ role_name: 'write' });
      await expect(ann.statusOf('teams.checkPermissionsForRepoInOrg', { ...web, ...app })).resolves.toBe(204);
      const mediaType = { format: 'repository' };
      await expect(
        ann.send('teams.checkPermissionsForRepoInOrg', { ...web, ...app, mediaType }),
      ).resolves.toMatchObject({ status: 200, data: { role_name: 'write' } });
      const repos = await bob.call<Named[]>('teams.listReposInOrg', web);
      expect(repos.map(({ name }) => name)).toEqual(['app']);
      const teams = await bob.call<Named[]>('repos.listTeams', app);
      expect(teams).toMatchObject([{ slug: 'engineering', permission: 'push' }]);
      const members = await bob.call<Named[]>('teams.listMembersInOrg', { org, team_slug: 'engineering' });
      expect(members.map(({ login }) => login)).toEqual(['bob']);
      await expect(bob.call('teams.listForAuthenticatedUser')).resolves.toMatchObject([
        { slug: 'web-front-end' },
      ]);
      await expect(bob.statusOf('teams.removeRepoInOrg', engineering)).resolves.toBe(403);
      await ann.call('teams.removeRepoInOrg', engineering);
      await expect(bob.statusOf('repos.get', app)).resolves.toBe(404);
    });

    it('are changed by their maintainers, and hidden ones are seen by their members only', async () => {
      const secret = { org, team_slug: 'plans' };
      await ann.call('teams.create', { org, name: 'Plans' });
      await expect(bob.statusOf('teams.getByName', secret)).resolves.toBe(404);
      const listed = async (client: OctokitClient) =>
        (await client.paginate<Named>('teams.list', { org, per_page: 1 })).map(({ slug }) => slug);
      await expect(listed(bob)).resolves.toEqual(['engineering', 'web-front-end']);
      await expect(listed(ann)).resolves.toEqual(['engineering', 'plans', 'web-front-end']);
      await expect(eve.statusOf('teams.list', { org })).resolves.toBe(403);
      await expect(eve.statusOf('teams.getByName', { org, team_slug: 'engineering' })).resolves.toBe(404);
      const engineering = { org, team_slug: 'engineering' };
      await expect(bob.statusOf('teams.deleteInOrg', engineering)).resolves.toBe(403);
      await ann.call('teams.addOrUpdateMembershipForUserInOrg', {
        ...{ ...secret, username: 'bob', role: 'maintainer' },
      });
      await expect(bob.call('teams.updateInOrg', { ...secret, name: 'Big Plans' })).resolves.toMatchObject({
        ...{ slug: 'big-plans', members_count: 1 },
      });
      const stolen = { org, team_slug: 'big-plans', privacy: 'closed', parent_team_slug: 'engineering' };
      await expect(bob.statusOf('teams.updateInOrg', stolen)).resolves.toBe(403);
      await bob.call('teams.removeMembershipForUserInOrg', {
        ...{ org, team_slug: 'big-plans', username: 'bob' },
      });
      await expect(bob.statusOf('teams.getByName', { org, team_slug: 'big-plans' })).resolves.toBe(404);
      await ann.call('teams.deleteInOrg', { org, team_slug: 'big-plans' });
    });
  });

  describe('changes of the company', () => {
    it('rename, publish and hand over repositories', async () => {
      await expect(
        ann.call('repos.update', { owner: org, repo: 'app', name: 'application' }),
      ).resolves.toMatchObject({ full_name: 'acme/application' });
      await expect(ann.statusOf('repos.get', { owner: org, repo: 'app' })).resolves.toBe(404);
      const application = { owner: org, repo: 'application' };
      await ann.call('repos.update', { ...application, visibility: 'internal' });
      await expect(bob.call('repos.get', application)).resolves.toMatchObject({ visibility: 'internal' });
      await expect(eve.statusOf('repos.get', application)).resolves.toBe(404);
      const own = { owner: 'bob', repo: 'own' };
      await expect(bob.statusOf('repos.update', { ...own, visibility: 'internal' })).resolves.toBe(422);
      await expect(bob.statusOf('repos.transfer', { ...own, new_owner: 'eve' })).resolves.toBe(403);
      await expect(
        bob.send('repos.transfer', { ...own, new_owner: org, new_name: 'from-bob' }),
      ).resolves.toMatchObject({ status: 202, data: { full_name: 'acme/from-bob' } });
      await expect(bob.call('repos.get', { owner: org, repo: 'from-bob' })).resolves.toMatchObject({
        role_name: 'write',
      });
    });

    it('let people go: at once without teams and repositories, or as outside collaborators', async () => {
      const bobs = { owner: org, repo: 'from-bob' };
      await ann.call('orgs.convertMemberToOutsideCollaborator', { org, username: 'bob' });
      await expect(bob.call('repos.get', bobs)).resolves.toMatchObject({ role_name: 'write' });
      await expect(bob.statusOf('teams.list', { org })).resolves.toBe(403);
      await ann.call('orgs.setMembershipForUser', { org, username: 'bob' });
      await ann.call('orgs.removeMember', { org, username: 'bob' });
      await expect(bob.statusOf('repos.get', bobs)).resolves.toBe(404);
    });

    it('rename the organization and delete it in the end', async () => {
      await root.request('PATCH /admin/organizations/{org}', { org, login: 'acme-corp' });
      await expect(ann.call('repos.get', { owner: 'acme-corp', repo: 'site' })).resolves.toMatchObject({
        full_name: 'acme-corp/site',
      });
      await ann.call('repos.delete', { owner: 'acme-corp', repo: 'site' });
      await expect(ann.statusOf('repos.get', { owner: 'acme-corp', repo: 'site' })).resolves.toBe(404);
      await expect(bob.statusOf('orgs.delete', { org: 'acme-corp' })).resolves.toBe(403);
      await expect(ann.statusOf('orgs.delete', { org: 'acme-corp' })).resolves.toBe(202);
      await expect(ann.statusOf('orgs.get', { org: 'acme-corp' })).resolves.toBe(404);
    });
  });

  it('answers names that nobody can have as names that nobody has', async () => {
    for (const name of ['\u0000', '%00', '__proto__', 'a b', '🦊', 'x'.repeat(300), "';--"]) {
      await expect(ann.statusOf('orgs.get', { org: name })).resolves.toBe(404);
      await expect(ann.statusOf('repos.get', { owner: name, repo: name })).resolves.toBe(404);
      await expect(ann.statusOf('teams.getByName', { org: name, team_slug: name })).resolves.toBe(404);
    }
  });
});
