import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, type AuthClient } from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { Answer } from '../../rest/answer';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { pageOf, pageWindow, pagingQuery } from '../../rest/paging';
import { fullUser, toFullUser } from '../../rest/serialisers/full-user';
import { organizationSimple, toOrganizationSimple } from '../../rest/serialisers/organization';
import { privateUser, toPrivateUser } from '../../rest/serialisers/private-user';
import { simpleUser, toSimpleUser } from '../../rest/serialisers/simple-user';
import { Directory } from './directory';
import { countRepositories } from './count-repositories';
import { sinceLinks, sinceQuery } from './since';

const tags = ['users'];
const usernameParams = z.object({ username: z.string() });
const line = (max: number) => z.string().max(max).nullable().optional();

const updateAuthenticated = defineOperation({
  id: 'users/update-authenticated',
  method: 'PATCH',
  path: '/api/v3/user',
  summary: 'Change what one shows of oneself',
  tags,
  scopes: ['user'],
  secondFactor: 'account',
  body: z.object({
    name: line(200),
    email: z.email().max(300).nullable().optional(),
    blog: line(500),
    company: line(500),
    location: line(500),
    bio: line(500),
    twitter_username: line(500),
  }),
  responses: { 200: privateUser, 422: 'A field is not valid.' },
});
const listUsers = defineOperation({
  id: 'users/list',
  method: 'GET',
  path: '/api/v3/users',
  summary: 'List all accounts in the order in which they were made',
  tags,
  query: sinceQuery,
  responses: { 200: z.array(simpleUser) },
});
const getByUsername = defineOperation({
  id: 'users/get-by-username',
  method: 'GET',
  path: '/api/v3/users/{username}',
  summary: 'One account',
  tags,
  params: usernameParams,
  responses: { 200: fullUser, 404: 'There is no such account.' },
});
const listOwnOrganizations = defineOperation({
  id: 'orgs/list-for-authenticated-user',
  method: 'GET',
  path: '/api/v3/user/orgs',
  summary: 'List the organizations that one is a member of',
  tags: ['orgs'],
  scopes: ['read:org', 'user'],
  query: pagingQuery,
  responses: { 200: z.array(organizationSimple) },
});
const listOrganizationsOf = defineOperation({
  id: 'orgs/list-for-user',
  method: 'GET',
  path: '/api/v3/users/{username}/orgs',
  summary: 'List the organizations of somebody that the caller is in too',
  tags: ['orgs'],
  params: usernameParams,
  query: pagingQuery,
  responses: { 200: z.array(organizationSimple) },
});

/** People and their profiles. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class GithubUsersController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly directory: Directory,
  ) {}

  @Operation(updateAuthenticated)
  async update(@Input() { body, caller, request }: InputOf<typeof updateAuthenticated>): Promise<object> {
    const { name, email, blog, company, location, bio, twitter_username } = body;
    const profile = { homepage: blog, company, location, bio, twitter: twitter_username };
    const { account } = await this.auth.updateAccount({
      accountId: caller.principal.accountId,
      displayName: name,
      email,
      profile: Object.fromEntries(
        Object.entries(profile).flatMap(([field, value]) =>
          value === undefined ? [] : [[field, value ?? '']],
        ),
      ),
      actor: actorOf(caller),
    });
    const [publicRepositories, all] = await Promise.all([
      countRepositories(this.auth, account.id, null),
      countRepositories(this.auth, account.id, account.id),
    ]);
    const figures = { publicRepositories, privateRepositories: all - publicRepositories };
    return toPrivateUser(account, figures, this.directory.base(request));
  }

  @Operation(listUsers)
  async list(@Input() { query, request }: InputOf<typeof listUsers>): Promise<object> {
    const { items } = await this.auth.listAccountsByNumber({ after: query.since, limit: query.per_page });
    const base = this.directory.base(request);
    const shown = items.map((account) => toSimpleUser(account, base));
    return new Answer(null, shown, sinceLinks(request, items, query.per_page));
  }

  @Operation(getByUsername)
  async read(@Input() { params, request }: InputOf<typeof getByUsername>): Promise<object> {
    const account = await this.directory.getAccount(params.username);
    const publicRepositories = await countRepositories(this.auth, account.id, null);
    return toFullUser(account, { publicRepositories }, this.directory.base(request));
  }

  @Operation(listOwnOrganizations)
  async listOwnOrganizations(@Input() input: InputOf<typeof listOwnOrganizations>): Promise<object> {
    const { caller, query, request } = input;
    const { accountId } = caller.principal;
    const { items, total } = await this.auth.listOrganizationsOfAccount({ accountId, ...pageWindow(query) });
    const base = this.directory.base(request);
    const shown = items.map((organization) => toOrganizationSimple(organization, base));
    return pageOf(input, shown, { total });
  }

  /** GitHub shows memberships that somebody made public; here those that the caller knows of as a member. */
  @Operation(listOrganizationsOf)
  async listOrganizationsOf(@Input() input: InputOf<typeof listOrganizationsOf>): Promise<object> {
    const { caller, params, query, request } = input;
    const { principal } = caller;
    const account = await this.directory.getAccount(params.username);
    const seesAll = principal.siteAdmin || principal.accountId === account.id;
    const { items, total } = await this.auth.listOrganizationsOfAccount({
      ...{ accountId: account.id, sharedWith: seesAll ? null : principal.accountId },
      ...pageWindow(query),
    });
    const base = this.directory.base(request);
    const shown = items.map((organization) => toOrganizationSimple(organization, base));
    return pageOf(input, shown, { total });
  }
}
