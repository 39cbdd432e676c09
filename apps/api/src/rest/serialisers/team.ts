import type { Account, RepositoryRole, Team } from '@packhouse/contracts';
import { z } from 'zod';
import { nodeId } from '../node-id';
import { organizationFull, toOrganizationFull } from './organization';
import { permissionOf, permissionsOf, repositoryPermissions } from './repository-permissions';

const teamFields = {
  id: z.int(),
  node_id: z.string(),
  url: z.string(),
  html_url: z.string(),
  name: z.string(),
  slug: z.string(),
  description: z.string().nullable(),
  privacy: z.enum(['closed', 'secret']),
  notification_setting: z.string(),
  permission: z.string(),
  members_url: z.string(),
  repositories_url: z.string(),
  type: z.enum(['enterprise', 'organization']),
  organization_id: z.int(),
};

/** GitHub's "team simple". */
export const teamSimple = z.object(teamFields).meta({ id: 'team-simple', title: 'Team Simple' });

/** GitHub's "team". */
export const teamView = z
  .object({ ...teamFields, parent: teamSimple.nullable(), permissions: repositoryPermissions.optional() })
  .meta({ id: 'team', title: 'Team' });
export type TeamView = z.infer<typeof teamView>;

/** GitHub's "full team". */
export const teamFull = z
  .object({
    ...teamFields,
    parent: teamSimple.nullable(),
    members_count: z.int(),
    repos_count: z.int(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    organization: organizationFull,
  })
  .meta({ id: 'team-full', title: 'Full Team' });
export type TeamFull = z.infer<typeof teamFull>;

export const teamMembership = z
  .object({
    url: z.string(),
    role: z.enum(['member', 'maintainer']),
    state: z.enum(['active', 'pending']),
  })
  .meta({ id: 'team-membership', title: 'Team Membership' });

/** A team with what is shown of its surroundings. */
export interface ShownTeam {
  readonly team: Team;
  readonly parent: Team | null;
  readonly organization: Account;
}

/** `base`: the public URL of the instance, here and below. */
export function teamUrl({ slug }: Team, organization: Account, base: string): string {
  return `${base}/api/v3/orgs/${encodeURIComponent(organization.login)}/teams/${slug}`;
}

function toTeamSimple(team: Team, organization: Account, base: string): z.infer<typeof teamSimple> {
  const url = teamUrl(team, organization, base);
  return {
    id: team.number,
    node_id: nodeId('Team', team.id),
    url,
    html_url: `${base}/orgs/${encodeURIComponent(organization.login)}/teams/${team.slug}`,
    name: team.name,
    slug: team.slug,
    description: team.description,
    privacy: team.privacy,
    notification_setting: 'notifications_disabled',
    permission: 'pull',
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    type: 'organization',
    organization_id: organization.number,
  };
}

/** `role`: that of the team on the repository that the list is about. */
export function toTeamView(
  { team, parent, organization }: ShownTeam,
  base: string,
  role: RepositoryRole | null = null,
): TeamView {
  return {
    ...toTeamSimple(team, organization, base),
    parent: parent && toTeamSimple(parent, organization, base),
    ...(role === null ? {} : { permission: permissionOf(role), permissions: permissionsOf(role) }),
  };
}

export function toTeamFull(
  { team, parent, organization }: ShownTeam,
  publicRepositories: number,
  base: string,
): TeamFull {
  return {
    ...toTeamSimple(team, organization, base),
    parent: parent && toTeamSimple(parent, organization, base),
    members_count: team.memberCount,
    repos_count: team.repositoryCount,
    created_at: team.createdAt,
    updated_at: team.updatedAt,
    organization: toOrganizationFull(organization, { publicRepositories, inside: null }, base),
  };
}
