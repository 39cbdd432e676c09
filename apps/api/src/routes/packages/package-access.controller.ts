import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, packageRole, type AuthClient } from '@packhouse/contracts';
import { actorOf, toShared } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { OwnPackages, packageParams, packagePath } from './own-packages';

const path = `${packagePath}/access` as const;
const changing = {
  tags: ['packages'],
  scopes: ['write:packages'],
  secondFactor: 'write',
} as const;
const granting = {
  ...changing,
  method: 'PUT',
  body: z.strictObject({ role: packageRole }),
  responses: { 204: 'It is so.', 403: 'The package inherits its access, or it may not be given.' },
} as const;
const taking = {
  ...changing,
  method: 'DELETE',
  responses: { 204: 'It is so.', 403: 'The package inherits its access.' },
} as const;
const toPerson = {
  path: `${path}/people/{login}`,
  params: packageParams.extend({ login: z.string() }),
} as const;
const toTeam = { path: `${path}/teams/{team}`, params: packageParams.extend({ team: z.string() }) } as const;
const toWorkflows = {
  path: `${path}/repositories/{repository}`,
  params: packageParams.extend({ repository: z.string() }),
} as const;

const getAccess = defineOperation({
  ...{ id: 'ours/get-package-access', method: 'GET', path, tags: ['packages'], params: packageParams },
  summary: 'Who has access to a package besides its owners',
  scopes: ['read:packages'],
  responses: {
    200: z.object({
      inheritsAccess: z.boolean(),
      people: z.array(z.object({ login: z.string(), role: packageRole })),
      teams: z.array(z.object({ slug: z.string(), name: z.string(), role: packageRole })),
      /** Whose workflows have access. */
      repositories: z.array(z.object({ owner: z.string(), name: z.string(), role: packageRole })),
    }),
  },
});
const setPerson = defineOperation({
  ...granting,
  ...toPerson,
  ...{ id: 'ours/grant-package-to-person', summary: 'Give a person a role on a package' },
});
const removePerson = defineOperation({
  ...taking,
  ...toPerson,
  ...{ id: 'ours/take-package-from-person', summary: "Take a person's role on a package" },
});
const setTeam = defineOperation({
  ...granting,
  ...toTeam,
  ...{ id: 'ours/grant-package-to-team', summary: 'Give a team a role on a package' },
});
const removeTeam = defineOperation({
  ...taking,
  ...toTeam,
  ...{ id: 'ours/take-package-from-team', summary: "Take a team's role on a package" },
});
const setWorkflows = defineOperation({
  ...granting,
  ...toWorkflows,
  ...{
    id: 'ours/grant-package-to-workflows',
    summary: 'Give the workflows of a repository a role on a package',
  },
});
const removeWorkflows = defineOperation({
  ...taking,
  ...toWorkflows,
  ...{ id: 'ours/take-package-from-workflows', summary: 'Take the role of the workflows of a repository' },
});

/** Who has access to a package: people, teams, and the workflows of repositories. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class PackageAccessController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly packages: OwnPackages,
  ) {}

  @Operation(getAccess)
  async get(@Input() { params, caller }: InputOf<typeof getAccess>): Promise<object> {
    const { found } = await this.packages.open(caller, params, 'admin');
    const packageId = found.id;
    const [people, teams, workflows] = await Promise.all([
      this.auth.listGrants({ packageId }),
      this.auth.listTeamGrants({ packageId }),
      this.auth.listWorkflowGrants({ packageId }),
    ]);
    return {
      inheritsAccess: found.inheritsAccess,
      people: people.grants.map(({ login, role }) => ({ login, role })),
      teams: teams.grants.map(({ slug, name, role }) => ({ slug, name, role })),
      repositories: workflows.grants.map(({ ownerLogin, name, role }) => ({ owner: ownerLogin, name, role })),
    };
  }

  @Operation(setPerson)
  async setPerson(@Input() { params, body, caller }: InputOf<typeof setPerson>): Promise<void> {
    const { found } = await this.packages.open(caller, params, 'admin');
    const accountId = await this.findPerson(params.login);
    await this.auth.setGrant({ ...toShared(found), accountId, role: body.role, actor: actorOf(caller) });
  }

  @Operation(removePerson)
  async removePerson(@Input() { params, caller }: InputOf<typeof removePerson>): Promise<void> {
    const { found } = await this.packages.open(caller, params, 'admin');
    const accountId = await this.findPerson(params.login);
    await this.auth.removeGrant({ ...toShared(found), accountId, actor: actorOf(caller) });
  }

  @Operation(setTeam)
  async setTeam(@Input() { params, body, caller }: InputOf<typeof setTeam>): Promise<void> {
    const { found } = await this.packages.open(caller, params, 'admin');
    const teamId = await this.findTeam(found.ownerId, params.team);
    await this.auth.setTeamGrant({ ...toShared(found), teamId, role: body.role, actor: actorOf(caller) });
  }

  @Operation(removeTeam)
  async removeTeam(@Input() { params, caller }: InputOf<typeof removeTeam>): Promise<void> {
    const { found } = await this.packages.open(caller, params, 'admin');
    const teamId = await this.findTeam(found.ownerId, params.team);
    await this.auth.removeTeamGrant({ ...toShared(found), teamId, actor: actorOf(caller) });
  }

  @Operation(setWorkflows)
  async setWorkflows(@Input() { params, body, caller }: InputOf<typeof setWorkflows>): Promise<void> {
    const { found } = await this.packages.open(caller, params, 'admin');
    const { ownerId, id: packageId } = found;
    const { id: repositoryId } = await this.packages.getRepository(caller, params.owner, params.repository);
    const actor = actorOf(caller);
    await this.auth.setWorkflowGrant({ packageId, ownerId, repositoryId, role: body.role, actor });
  }

  @Operation(removeWorkflows)
  async removeWorkflows(@Input() { params, caller }: InputOf<typeof removeWorkflows>): Promise<void> {
    const { found } = await this.packages.open(caller, params, 'admin');
    const { id: repositoryId } = await this.packages.getRepository(caller, params.owner, params.repository);
    await this.auth.removeWorkflowGrant({ packageId: found.id, repositoryId, actor: actorOf(caller) });
  }

  private async findPerson(login: string): Promise<string> {
    const { account } = await this.auth.findAccount({ login });
    if (account?.kind !== 'user')
      throw new DomainError('not_found', `There is no user "${login.slice(0, 60)}".`);
    return account.id;
  }

  private async findTeam(organizationId: string, slug: string): Promise<string> {
    const { team } = await this.auth.findTeam({ organizationId, slug });
    if (!team) throw new DomainError('not_found', `There is no team "${slug.slice(0, 60)}".`);
    return team.id;
  }
}
