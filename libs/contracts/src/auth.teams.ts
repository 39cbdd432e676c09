import { z } from 'zod';
import { actor, id, isoTime, nothing } from './common';
import { operation } from './define-contract';
import { slice, sliceOf } from './slices';

export const teamPrivacy = z.enum(['closed', 'secret']);
export const teamRole = z.enum(['member', 'maintainer']);
export type TeamRole = z.infer<typeof teamRole>;

export const team = z.object({
  id,
  /** The id that GitHub's API shows. */
  number: z.number().int(),
  organizationId: id,
  parentId: id.nullable(),
  name: z.string(),
  /** Made from the name; unique in the organization. */
  slug: z.string(),
  description: z.string().nullable(),
  /** `secret`: only its members and the owners of the organization see it. */
  privacy: teamPrivacy,
  /** Direct members. */
  memberCount: z.number().int(),
  /** Repositories on which it has a role of its own. */
  repositoryCount: z.number().int(),
  createdAt: isoTime,
  updatedAt: isoTime,
});
export type Team = z.infer<typeof team>;

const teamMember = z.object({ accountId: id, login: z.string(), role: teamRole });
const text = z.string().max(1000);

/** Teams of organizations: nested groups of members. A member of a team has what every team above it has. */
export const teamOperations = {
  /** Rejects `name_taken`; `invalid_request` for a parent of another organization or a secret one. */
  createTeam: operation(
    z.object({
      organizationId: id,
      name: text,
      description: text.nullable().default(null),
      privacy: teamPrivacy.default('closed'),
      parentId: id.nullable().default(null),
      /** Members of the organization who maintain the team from the start. */
      maintainerIds: z.array(id).max(100).default([]),
      actor,
    }),
    z.object({ team }),
  ),
  /** What is not given stays. Rejects `invalid_request` for a parent that is the team itself or below it. */
  updateTeam: operation(
    z.object({
      teamId: id,
      name: text.optional(),
      description: text.nullable().optional(),
      privacy: teamPrivacy.optional(),
      parentId: id.nullable().optional(),
      actor,
    }),
    z.object({ team }),
  ),
  /** Teams below it go too. */
  deleteTeam: operation(z.object({ teamId: id, actor }), nothing),
  findTeam: operation(
    z.object({ organizationId: id, slug: z.string() }),
    z.object({ team: team.nullable() }),
  ),
  findTeamByNumber: operation(
    z.object({ number: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER) }),
    z.object({ team: team.nullable() }),
  ),
  /** Ids that are nobody's are left out. */
  getTeams: operation(z.object({ ids: z.array(id).max(500) }), z.object({ teams: z.array(team) })),
  /** By slug. `viewerId`: leave out secret teams that this account is not in; null: all. */
  listTeams: operation(
    z.object({ organizationId: id, viewerId: id.nullable().default(null), ...slice }),
    sliceOf(team),
  ),
  listChildTeams: operation(
    z.object({ teamId: id, viewerId: id.nullable().default(null), ...slice }),
    sliceOf(team),
  ),
  /** Teams of which the account is a direct member. */
  listTeamsOfAccount: operation(
    z.object({ accountId: id, organizationId: id.nullable().default(null), ...slice }),
    sliceOf(team),
  ),
  /** With the members of the teams below, whom GitHub counts as members too. */
  listTeamMembers: operation(
    z.object({ teamId: id, role: teamRole.nullable().default(null), ...slice }),
    sliceOf(teamMember),
  ),
  /** `inherited`: member of a team below only. */
  findTeamMember: operation(
    z.object({ teamId: id, accountId: id }),
    z.object({ role: teamRole.nullable(), inherited: z.boolean() }),
  ),
  /** Rejects `invalid_request` unless the account is a member of the organization. */
  setTeamMember: operation(z.object({ teamId: id, accountId: id, role: teamRole, actor }), nothing),
  removeTeamMember: operation(z.object({ teamId: id, accountId: id, actor }), nothing),
} as const;
