import { z } from 'zod';
import { defineOperation } from '../../rest/operation';
import { pagingQuery } from '../../rest/paging';
import { orgMembership } from '../../rest/serialisers/organization';
import { simpleUser } from '../../rest/serialisers/simple-user';

const tags = ['orgs'];
const orgParams = z.object({ org: z.string() });
const memberParams = z.object({ org: z.string(), username: z.string() });
/** Whoever has no second factor cannot be told apart by it here: only `all` finds anybody. */
const filter = z.enum(['2fa_disabled', '2fa_insecure', 'all']).default('all');
const changing = { tags, scopes: ['admin:org'], secondFactor: 'account', params: memberParams } as const;

export const listMembers = defineOperation({
  id: 'orgs/list-members',
  method: 'GET',
  path: '/api/v3/orgs/{org}/members',
  summary: 'List the members of an organization',
  tags,
  scopes: ['read:org'],
  params: orgParams,
  query: pagingQuery.extend({ filter, role: z.enum(['all', 'admin', 'member']).default('all') }),
  responses: { 200: z.array(simpleUser), 422: 'A parameter is not valid.' },
});
export const checkMember = defineOperation({
  id: 'orgs/check-membership-for-user',
  method: 'GET',
  path: '/api/v3/orgs/{org}/members/{username}',
  summary: 'Whether somebody is a member, for members',
  tags,
  scopes: ['read:org'],
  params: memberParams,
  responses: { 204: 'It is a member.', 404: 'It is none, or the caller is none.' },
});
export const removeMember = defineOperation({
  id: 'orgs/remove-member',
  method: 'DELETE',
  path: '/api/v3/orgs/{org}/members/{username}',
  summary: 'Remove a member with its teams and roles',
  ...changing,
  responses: { 204: 'It is no member.', 403: 'It is the last owner, or the caller is none.' },
});
export const getMembership = defineOperation({
  id: 'orgs/get-membership-for-user',
  method: 'GET',
  path: '/api/v3/orgs/{org}/memberships/{username}',
  summary: 'The role of a member, for members',
  tags,
  scopes: ['read:org'],
  params: memberParams,
  responses: { 200: orgMembership, 403: 'The caller is no member.', 404: 'It is no member.' },
});
export const setMembership = defineOperation({
  id: 'orgs/set-membership-for-user',
  method: 'PUT',
  path: '/api/v3/orgs/{org}/memberships/{username}',
  summary: 'Add a member or change its role, effective at once',
  ...changing,
  body: z.object({ role: z.enum(['admin', 'member']).default('member') }),
  responses: { 200: orgMembership, 403: 'It is the last owner, or the caller is none.' },
});
export const removeMembership = defineOperation({
  id: 'orgs/remove-membership-for-user',
  method: 'DELETE',
  path: '/api/v3/orgs/{org}/memberships/{username}',
  summary: 'Remove a member with its teams and roles',
  ...changing,
  responses: { 204: 'It is no member.', 403: 'It is the last owner, or the caller is none.' },
});
export const listOwnMemberships = defineOperation({
  id: 'orgs/list-memberships-for-authenticated-user',
  method: 'GET',
  path: '/api/v3/user/memberships/orgs',
  summary: 'List the roles that one has in organizations',
  tags,
  scopes: ['read:org', 'user'],
  query: pagingQuery.extend({ state: z.enum(['active', 'pending']).optional() }),
  responses: { 200: z.array(orgMembership) },
});
export const getOwnMembership = defineOperation({
  id: 'orgs/get-membership-for-authenticated-user',
  method: 'GET',
  path: '/api/v3/user/memberships/orgs/{org}',
  summary: 'The role that one has in an organization',
  tags,
  scopes: ['read:org', 'user'],
  params: orgParams,
  responses: { 200: orgMembership, 404: 'One is no member.' },
});
export const listOutsideCollaborators = defineOperation({
  id: 'orgs/list-outside-collaborators',
  method: 'GET',
  path: '/api/v3/orgs/{org}/outside_collaborators',
  summary: 'List people who work on repositories without being members',
  tags,
  scopes: ['read:org'],
  params: orgParams,
  query: pagingQuery.extend({ filter }),
  responses: { 200: z.array(simpleUser) },
});
export const convertToOutsideCollaborator = defineOperation({
  id: 'orgs/convert-member-to-outside-collaborator',
  method: 'PUT',
  path: '/api/v3/orgs/{org}/outside_collaborators/{username}',
  summary: 'Remove a member who keeps its roles in repositories',
  ...changing,
  body: z.object({ async: z.boolean().default(false) }),
  responses: { 204: 'It is an outside collaborator.', 403: 'It is the last owner.', 404: 'It is no member.' },
});
export const removeOutsideCollaborator = defineOperation({
  id: 'orgs/remove-outside-collaborator',
  method: 'DELETE',
  path: '/api/v3/orgs/{org}/outside_collaborators/{username}',
  summary: 'Take every role in repositories of the organization',
  ...changing,
  responses: { 204: 'It has none.', 422: 'It is a member.' },
});
