import { z } from 'zod';
import { defineOperation } from '../../rest/operation';
import { pagingQuery } from '../../rest/paging';
import { permissionInput } from '../../rest/serialisers/repository-permissions';
import { listedRepository } from '../../rest/serialisers/repository';
import { simpleUser } from '../../rest/serialisers/simple-user';
import { teamFull, teamMembership, teamView } from '../../rest/serialisers/team';

const tags = ['teams'];
const orgParams = z.object({ org: z.string() });
const teamParams = z.object({ org: z.string(), team_slug: z.string() });
const memberParams = teamParams.extend({ username: z.string() });
const repoParams = teamParams.extend({ owner: z.string(), repo: z.string() });
const reading = { tags, scopes: ['read:org'] } as const;
const changing = { tags, scopes: ['write:org'], secondFactor: 'account' } as const;
const hidden = 'There is no such team, or the caller may not see it.';
const parentFields = {
  parent_team_id: z.int().nullable().optional(),
  parent_team_slug: z.string().nullable().optional(),
};

export const listTeams = defineOperation({
  id: 'teams/list',
  method: 'GET',
  path: '/api/v3/orgs/{org}/teams',
  summary: 'List the teams of an organization that the caller sees',
  ...reading,
  params: orgParams,
  query: pagingQuery,
  responses: { 200: z.array(teamView), 403: 'The caller is no member.' },
});
export const createTeam = defineOperation({
  id: 'teams/create',
  method: 'POST',
  path: '/api/v3/orgs/{org}/teams',
  summary: 'Make a team',
  ...changing,
  params: orgParams,
  body: z.object({
    name: z.string(),
    description: z.string().max(1000).nullable().optional(),
    /** Logins of members. */
    maintainers: z.array(z.string()).max(100).optional(),
    /** `owner/name` of repositories that the team may read. */
    repo_names: z.array(z.string()).max(100).optional(),
    privacy: z.enum(['secret', 'closed']).optional(),
    notification_setting: z.string().optional(),
    permission: z.enum(['pull', 'push']).default('pull'),
    ...parentFields,
  }),
  responses: { 201: teamFull, 403: 'The caller may not.', 422: 'The name is taken or a field is not valid.' },
});
export const getTeam = defineOperation({
  id: 'teams/get-by-name',
  method: 'GET',
  path: '/api/v3/orgs/{org}/teams/{team_slug}',
  summary: 'One team',
  ...reading,
  params: teamParams,
  responses: { 200: teamFull, 404: hidden },
});
export const updateTeam = defineOperation({
  id: 'teams/update-in-org',
  method: 'PATCH',
  path: '/api/v3/orgs/{org}/teams/{team_slug}',
  summary: 'Rename, describe, show, hide or nest a team',
  ...changing,
  params: teamParams,
  body: z.object({
    name: z.string().optional(),
    description: z.string().max(1000).nullable().optional(),
    privacy: z.enum(['secret', 'closed']).optional(),
    notification_setting: z.string().optional(),
    permission: z.enum(['pull', 'push', 'admin']).optional(),
    ...parentFields,
  }),
  responses: { 200: teamFull, 403: 'The caller may not.', 404: hidden, 422: 'A field is not valid.' },
});
export const deleteTeam = defineOperation({
  id: 'teams/delete-in-org',
  method: 'DELETE',
  path: '/api/v3/orgs/{org}/teams/{team_slug}',
  summary: 'Delete a team and the teams below it',
  ...changing,
  params: teamParams,
  responses: { 204: 'It is gone.' },
});
export const listChildTeams = defineOperation({
  id: 'teams/list-child-in-org',
  method: 'GET',
  path: '/api/v3/orgs/{org}/teams/{team_slug}/teams',
  summary: 'List the teams right below one',
  ...reading,
  params: teamParams,
  query: pagingQuery,
  responses: { 200: z.array(teamView) },
});
export const listOwnTeams = defineOperation({
  id: 'teams/list-for-authenticated-user',
  method: 'GET',
  path: '/api/v3/user/teams',
  summary: 'List the teams that one is in',
  tags,
  scopes: ['read:org', 'user', 'repo'],
  query: pagingQuery,
  responses: { 200: z.array(teamFull) },
});

export const listTeamMembers = defineOperation({
  id: 'teams/list-members-in-org',
  method: 'GET',
  path: '/api/v3/orgs/{org}/teams/{team_slug}/members',
  summary: 'List the members of a team and of the teams below it',
  ...reading,
  params: teamParams,
  query: pagingQuery.extend({ role: z.enum(['member', 'maintainer', 'all']).default('all') }),
  responses: { 200: z.array(simpleUser) },
});
export const getTeamMembership = defineOperation({
  id: 'teams/get-membership-for-user-in-org',
  method: 'GET',
  path: '/api/v3/orgs/{org}/teams/{team_slug}/memberships/{username}',
  summary: 'The role of somebody in a team',
  ...reading,
  params: memberParams,
  responses: { 200: teamMembership, 404: 'It is not in the team.' },
});
export const setTeamMembership = defineOperation({
  id: 'teams/add-or-update-membership-for-user-in-org',
  method: 'PUT',
  path: '/api/v3/orgs/{org}/teams/{team_slug}/memberships/{username}',
  summary: 'Put a member of the organization into a team, or change its role there',
  ...changing,
  params: memberParams,
  body: z.object({ role: z.enum(['member', 'maintainer']).default('member') }),
  responses: { 200: teamMembership, 403: 'The caller may not.', 422: 'It is no member of the organization.' },
});
export const removeTeamMembership = defineOperation({
  id: 'teams/remove-membership-for-user-in-org',
  method: 'DELETE',
  path: '/api/v3/orgs/{org}/teams/{team_slug}/memberships/{username}',
  summary: 'Take somebody out of a team',
  ...changing,
  params: memberParams,
  responses: { 204: 'It is not in the team.', 403: 'The caller may not.' },
});

export const listTeamRepositories = defineOperation({
  id: 'teams/list-repos-in-org',
  method: 'GET',
  path: '/api/v3/orgs/{org}/teams/{team_slug}/repos',
  summary: 'List the repositories on which a team has a role',
  ...reading,
  params: teamParams,
  query: pagingQuery,
  responses: { 200: z.array(listedRepository) },
});
export const checkTeamRepository = defineOperation({
  id: 'teams/check-permissions-for-repo-in-org',
  method: 'GET',
  path: '/api/v3/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}',
  summary: 'The role of a team on a repository',
  description: 'Answers 204 unless the media type application/vnd.github.v3.repository+json is asked for.',
  ...reading,
  params: repoParams,
  responses: { 200: listedRepository, 204: 'It has a role.', 404: 'It has none.' },
});
export const setTeamRepository = defineOperation({
  id: 'teams/add-or-update-repo-permissions-in-org',
  method: 'PUT',
  path: '/api/v3/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}',
  summary: 'Give a team a role on a repository',
  ...changing,
  params: repoParams,
  body: z.object({ permission: permissionInput.default('pull') }),
  responses: { 204: 'It has it.', 403: 'The caller is no admin of the repository.' },
});
export const removeTeamRepository = defineOperation({
  id: 'teams/remove-repo-in-org',
  method: 'DELETE',
  path: '/api/v3/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}',
  summary: 'Take the role of a team on a repository',
  ...changing,
  params: repoParams,
  responses: { 204: 'It has none of its own.', 403: 'The caller may not.' },
});
