import { z } from 'zod';
import { team } from './auth.teams';
import { actor, id, nothing } from './common';
import { operation } from './define-contract';
import { slice, sliceOf } from './slices';

/** GitHub's five roles, weakest first. For packages: read and triage read, write and maintain write, admin administers. */
export const repositoryRoles = ['read', 'triage', 'write', 'maintain', 'admin'] as const;
export const repositoryRole = z.enum(repositoryRoles);
export type RepositoryRole = z.infer<typeof repositoryRole>;

const collaborator = z.object({ accountId: id, login: z.string(), role: repositoryRole });

/** Who may do what in a repository. */
export const repositoryRoleOperations = {
  /**
   * The strongest role of an account from any source: owner, owner of the organization, base role of members,
   * collaborator, teams and the teams above them, and `read` where the visibility gives it. Null: may not see it.
   */
  findRepositoryRole: operation(
    z.object({ repositoryId: id, accountId: id.nullable() }),
    z.object({
      role: repositoryRole.nullable(),
      /** Without what the visibility gives: null for somebody who has no role of any kind. */
      given: repositoryRole.nullable(),
    }),
  ),
  /** For users' repositories too. Rejects `invalid_request` for the owner itself and for what is no user. */
  setCollaborator: operation(
    z.object({ repositoryId: id, accountId: id, role: repositoryRole, actor }),
    z.object({ outcome: z.enum(['added', 'changed', 'unchanged']) }),
  ),
  removeCollaborator: operation(z.object({ repositoryId: id, accountId: id, actor }), nothing),
  /** `all`: everybody with a role, from whatever source; `direct`: collaborators; `outside`: those of no organization membership. */
  listCollaborators: operation(
    z.object({
      repositoryId: id,
      affiliation: z.enum(['all', 'direct', 'outside']).default('all'),
      /** Only those who have at least this role. */
      minimum: repositoryRole.default('read'),
      ...slice,
    }),
    sliceOf(collaborator),
  ),
  /** People with a role on some repository of the organization who are not members. */
  listOutsideCollaborators: operation(
    z.object({ organizationId: id, ...slice }),
    sliceOf(z.object({ accountId: id, login: z.string() })),
  ),
  /** Takes every role on the organization's repositories. Rejects `invalid_request` for a member. */
  removeOutsideCollaborator: operation(z.object({ organizationId: id, accountId: id, actor }), nothing),

  /** The team and the repository must be of one organization. */
  setTeamRepository: operation(
    z.object({ teamId: id, repositoryId: id, role: repositoryRole, actor }),
    nothing,
  ),
  removeTeamRepository: operation(z.object({ teamId: id, repositoryId: id, actor }), nothing),
  /** Role of the team, its own or that of a team above. */
  findTeamRepositoryRole: operation(
    z.object({ teamId: id, repositoryId: id }),
    z.object({ role: repositoryRole.nullable() }),
  ),
  /** Repositories on which the team or one above it has a role. `viewerId`: those that this account may see; null: all. */
  listTeamRepositories: operation(
    z.object({ teamId: id, viewerId: id.nullable().default(null), ...slice }),
    sliceOf(z.object({ repositoryId: id, role: repositoryRole })),
  ),
  /** `viewerId`: leave out secret teams that this account is not in; null: all. */
  listRepositoryTeams: operation(
    z.object({ repositoryId: id, viewerId: id.nullable().default(null), ...slice }),
    sliceOf(team.extend({ role: repositoryRole })),
  ),
} as const;
