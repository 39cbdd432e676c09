import { visibility } from '@packhouse/contracts';
import { z } from 'zod';
import { defineOperation } from '../../rest/operation';
import { pagingQuery } from '../../rest/paging';
import { minimalRepository } from '../../rest/serialisers/minimal-repository';
import { fullRepository, listedRepository } from '../../rest/serialisers/repository';

const tags = ['repos'];
const orgParams = z.object({ org: z.string() });
const repoParams = z.object({ owner: z.string(), repo: z.string() });
const changing = { tags, scopes: ['repo', 'public_repo'], secondFactor: 'account' } as const;
const hidden = 'There is no such repository, or the caller may not see it.';
const description = z.string().max(1000).nullable().optional();

const sorting = {
  sort: z.enum(['created', 'updated', 'pushed', 'full_name']).optional(),
  direction: z.enum(['asc', 'desc']).optional(),
};

export const listOwnRepositories = defineOperation({
  id: 'repos/list-for-authenticated-user',
  method: 'GET',
  path: '/api/v3/user/repos',
  summary: 'List the repositories that one has to do with',
  tags,
  query: pagingQuery.extend({
    ...sorting,
    visibility: z.enum(['all', 'public', 'private']).default('all'),
    affiliation: z.string().max(100).default('owner,collaborator,organization_member'),
    type: z.enum(['all', 'owner', 'public', 'private', 'member']).optional(),
  }),
  responses: { 200: z.array(listedRepository), 422: 'Parameters that do not go together.' },
});
export const listForOrganization = defineOperation({
  id: 'repos/list-for-org',
  method: 'GET',
  path: '/api/v3/orgs/{org}/repos',
  summary: 'List the repositories of an organization that the caller may see',
  tags,
  auth: 'anyone',
  params: orgParams,
  query: pagingQuery.extend({
    ...sorting,
    type: z.enum(['all', 'public', 'private', 'forks', 'sources', 'member', 'internal']).default('all'),
  }),
  responses: { 200: z.array(listedRepository) },
});
export const listForUser = defineOperation({
  id: 'repos/list-for-user',
  method: 'GET',
  path: '/api/v3/users/{username}/repos',
  summary: 'List the repositories of somebody that the caller may see',
  tags,
  auth: 'anyone',
  params: z.object({ username: z.string() }),
  query: pagingQuery.extend({ ...sorting, type: z.enum(['all', 'owner', 'member']).default('owner') }),
  responses: { 200: z.array(listedRepository) },
});

export const createForUser = defineOperation({
  id: 'repos/create-for-authenticated-user',
  method: 'POST',
  path: '/api/v3/user/repos',
  summary: 'Make a repository of one’s own',
  ...changing,
  resource: 'Repository',
  body: z.object({ name: z.string(), description, private: z.boolean().optional() }),
  responses: { 201: fullRepository, 422: 'The name is taken or cannot be one.' },
});
export const createInOrganization = defineOperation({
  id: 'repos/create-in-org',
  method: 'POST',
  path: '/api/v3/orgs/{org}/repos',
  summary: 'Make a repository of an organization',
  ...changing,
  resource: 'Repository',
  params: orgParams,
  body: z.object({
    name: z.string(),
    description,
    private: z.boolean().optional(),
    visibility: visibility.optional(),
    /** A team that gets the role write. */
    team_id: z.int().min(0).optional(),
  }),
  responses: { 201: fullRepository, 403: 'The caller may not.', 422: 'The name is taken or cannot be one.' },
});
export const getRepository = defineOperation({
  id: 'repos/get',
  method: 'GET',
  path: '/api/v3/repos/{owner}/{repo}',
  summary: 'One repository',
  tags,
  auth: 'anyone',
  params: repoParams,
  responses: { 200: fullRepository, 403: 'The credential does not reach it.', 404: hidden },
});
export const updateRepository = defineOperation({
  id: 'repos/update',
  method: 'PATCH',
  path: '/api/v3/repos/{owner}/{repo}',
  summary: 'Rename or describe a repository, or change who may see it',
  ...changing,
  resource: 'Repository',
  params: repoParams,
  body: z.object({
    name: z.string().optional(),
    description,
    private: z.boolean().optional(),
    visibility: visibility.optional(),
  }),
  responses: { 200: fullRepository, 403: 'The caller is no admin.', 404: hidden, 422: 'The name is taken.' },
});
export const deleteRepository = defineOperation({
  id: 'repos/delete',
  method: 'DELETE',
  path: '/api/v3/repos/{owner}/{repo}',
  summary: 'Delete a repository',
  ...changing,
  params: repoParams,
  responses: { 204: 'It is gone.', 403: 'The caller is no admin.', 404: hidden },
});
export const transferRepository = defineOperation({
  id: 'repos/transfer',
  method: 'POST',
  path: '/api/v3/repos/{owner}/{repo}/transfer',
  summary: 'Move a repository to another owner',
  description:
    'To oneself, to an organization that one is a member of, or by a site administrator to anybody.',
  ...changing,
  resource: 'Repository',
  params: repoParams,
  body: z.object({
    new_owner: z.string(),
    new_name: z.string().optional(),
    team_ids: z.array(z.int().min(0)).max(100).optional(),
  }),
  responses: { 202: minimalRepository, 403: 'The caller may not.', 404: hidden, 422: 'The name is taken.' },
});
