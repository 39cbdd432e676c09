import { Controller, UseInterceptors } from '@nestjs/common';
import { PublicUrl } from '@packhouse/http';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { ENTERPRISE_VERSION } from '../../rest/request-headers';

const getRoot = defineOperation({
  id: 'meta/root',
  method: 'GET',
  path: '/api/v3',
  summary: 'Where the API begins',
  tags: ['meta'],
  auth: 'anyone',
  responses: { 200: z.record(z.string(), z.string()) },
});

const getMeta = defineOperation({
  id: 'meta/get',
  method: 'GET',
  path: '/api/v3/meta',
  summary: 'What this instance is',
  tags: ['meta'],
  auth: 'anyone',
  responses: {
    200: z.object({
      verifiable_password_authentication: z.boolean(),
      installed_version: z.string(),
      packages: z.array(z.string()),
    }),
  },
});

/** Everything that GitHub's root names, so that clients that want it all find it; not all of it is served here. */
const rootPaths = {
  current_user_url: '/user',
  current_user_authorizations_html_url: '/settings/connections/applications{/client_id}',
  authorizations_url: '/authorizations',
  code_search_url: '/search/code?q={query}{&page,per_page,sort,order}',
  commit_search_url: '/search/commits?q={query}{&page,per_page,sort,order}',
  emails_url: '/user/emails',
  emojis_url: '/emojis',
  events_url: '/events',
  feeds_url: '/feeds',
  followers_url: '/user/followers',
  following_url: '/user/following{/target}',
  gists_url: '/gists{/gist_id}',
  issue_search_url: '/search/issues?q={query}{&page,per_page,sort,order}',
  issues_url: '/issues',
  keys_url: '/user/keys',
  label_search_url: '/search/labels?q={query}&repository_id={repository_id}{&page,per_page}',
  notifications_url: '/notifications',
  organization_url: '/orgs/{org}',
  organization_repositories_url: '/orgs/{org}/repos{?type,page,per_page,sort}',
  organization_teams_url: '/orgs/{org}/teams',
  public_gists_url: '/gists/public',
  rate_limit_url: '/rate_limit',
  repository_url: '/repos/{owner}/{repo}',
  repository_search_url: '/search/repositories?q={query}{&page,per_page,sort,order}',
  current_user_repositories_url: '/user/repos{?type,page,per_page,sort}',
  starred_url: '/user/starred{/owner}{/repo}',
  starred_gists_url: '/gists/starred',
  user_url: '/users/{user}',
  user_organizations_url: '/user/orgs',
  user_repositories_url: '/users/{user}/repos{?type,page,per_page,sort}',
  user_search_url: '/search/users?q={query}{&page,per_page,sort,order}',
} as const;

/** What clients ask to find their way. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class MetaController {
  constructor(private readonly publicUrl: PublicUrl) {}

  @Operation(getRoot)
  root(@Input() { request }: InputOf<typeof getRoot>): Record<string, string> {
    const url = `${this.publicUrl.baseFor(request)}/api/v3`;
    return Object.fromEntries(Object.entries(rootPaths).map(([name, path]) => [name, url + path]));
  }

  @Operation(getMeta)
  meta(): object {
    return {
      verifiable_password_authentication: true,
      installed_version: ENTERPRISE_VERSION,
      packages: [],
    };
  }
}
