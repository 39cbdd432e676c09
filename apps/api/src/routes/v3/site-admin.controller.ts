import { Controller, UseInterceptors } from '@nestjs/common';
import {
  authContract,
  metadataContract,
  type Account,
  type AuthClient,
  type MetadataClient,
} from '@packhouse/contracts';
import { actorOf, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { organizationSimple, toOrganizationSimple } from '../../rest/serialisers/organization';
import { simpleUser, toSimpleUser } from '../../rest/serialisers/simple-user';
import { Directory } from './directory';

const common = {
  tags: ['enterprise-admin'],
  scopes: ['site_admin'],
  secondFactor: 'account',
} as const;
const usernameParams = z.object({ username: z.string() });
const renaming = z.object({ message: z.string(), url: z.string() });

const createUser = defineOperation({
  id: 'enterprise-admin/create-user',
  method: 'POST',
  path: '/api/v3/admin/users',
  summary: 'Make an account for a person',
  description: 'Without a password: the person signs in with tokens, or with a password that is set for it.',
  ...common,
  resource: 'User',
  body: z.object({ login: z.string(), email: z.email().max(300).nullable().optional() }),
  responses: { 201: simpleUser, 422: 'The login is taken or cannot be one.' },
});
const renameUser = defineOperation({
  id: 'enterprise-admin/update-username-for-user',
  method: 'PATCH',
  path: '/api/v3/admin/users/{username}',
  summary: 'Give an account another login',
  ...common,
  resource: 'User',
  params: usernameParams,
  body: z.object({ login: z.string() }),
  responses: {
    202: renaming,
    403: 'It has a package whose name is retired there.',
    422: 'The login is taken or cannot be one.',
  },
});
const deleteUser = defineOperation({
  id: 'enterprise-admin/delete-user',
  method: 'DELETE',
  path: '/api/v3/admin/users/{username}',
  summary: 'Delete an account with its repositories and packages',
  ...common,
  params: usernameParams,
  responses: {
    204: 'It is gone.',
    403: 'It is the last administrator or the only owner of an organization.',
  },
});
const promote = defineOperation({
  id: 'enterprise-admin/promote-user-to-be-site-administrator',
  method: 'PUT',
  path: '/api/v3/users/{username}/site_admin',
  summary: 'Make somebody a site administrator',
  ...common,
  params: usernameParams,
  responses: { 204: 'It is one.' },
});
const demote = defineOperation({
  id: 'enterprise-admin/demote-site-administrator',
  method: 'DELETE',
  path: '/api/v3/users/{username}/site_admin',
  summary: 'Make a site administrator an ordinary user',
  ...common,
  params: usernameParams,
  responses: { 204: 'It is none.', 403: 'It is the last one.' },
});
const createOrganization = defineOperation({
  id: 'enterprise-admin/create-org',
  method: 'POST',
  path: '/api/v3/admin/organizations',
  summary: 'Make an organization',
  ...common,
  resource: 'Organization',
  body: z.object({
    login: z.string(),
    /** Who owns it. */
    admin: z.string(),
    profile_name: z.string().max(200).nullable().optional(),
  }),
  responses: { 201: organizationSimple, 422: 'The login is taken or cannot be one.' },
});
const renameOrganization = defineOperation({
  id: 'enterprise-admin/update-org-name',
  method: 'PATCH',
  path: '/api/v3/admin/organizations/{org}',
  summary: 'Give an organization another login',
  ...common,
  resource: 'Organization',
  params: z.object({ org: z.string() }),
  body: z.object({ login: z.string() }),
  responses: {
    202: renaming,
    403: 'It has a package whose name is retired there.',
    422: 'The login is taken or cannot be one.',
  },
});

/** Accounts, by administrators of the instance. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class SiteAdminController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly directory: Directory,
  ) {}

  @Operation(createUser)
  async createUser(@Input() { body, caller, request }: InputOf<typeof createUser>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    const { account } = await this.auth.createUser({ ...body, actor: actorOf(caller) });
    return toSimpleUser(account, this.directory.base(request));
  }

  @Operation(renameUser)
  async renameUser(@Input() { params, body, caller, request }: InputOf<typeof renameUser>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    const account = await this.directory.getAccount(params.username, 'user');
    return this.rename(account, body.login, caller, request);
  }

  @Operation(deleteUser)
  async deleteUser(@Input() { params, caller }: InputOf<typeof deleteUser>): Promise<void> {
    this.directory.requireSiteAdministrator(caller);
    const { id } = await this.directory.getAccount(params.username, 'user');
    if (id === caller.principal.accountId)
      throw new DomainError('forbidden', 'Nobody deletes the account that one is signed in with.');
    await this.auth.deleteAccount({ accountId: id, actor: actorOf(caller) });
  }

  @Operation(promote)
  promote(@Input() { params, caller }: InputOf<typeof promote>): Promise<void> {
    return this.setSiteAdministrator(params.username, true, caller);
  }

  @Operation(demote)
  demote(@Input() { params, caller }: InputOf<typeof demote>): Promise<void> {
    return this.setSiteAdministrator(params.username, false, caller);
  }

  @Operation(createOrganization)
  async createOrganization(
    @Input() { body, caller, request }: InputOf<typeof createOrganization>,
  ): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    const { account: owner } = await this.auth.findAccount({ login: body.admin });
    if (owner?.kind !== 'user') {
      const message = 'There is no user of this name.';
      const errors = [{ resource: 'Organization', field: 'admin', code: 'invalid', message }];
      throw new DomainError('validation_failed', message, { errors });
    }
    const { account } = await this.auth.createOrganization({
      login: body.login,
      displayName: body.profile_name,
      ownerAccountId: owner.id,
      actor: actorOf(caller),
    });
    return toOrganizationSimple(account, this.directory.base(request));
  }

  @Operation(renameOrganization)
  async renameOrganization(
    @Input() { params, body, caller, request }: InputOf<typeof renameOrganization>,
  ): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    const account = await this.directory.getAccount(params.org, 'organization');
    return this.rename(account, body.login, caller, request);
  }

  /** GitHub renames in the background and says so; here it is done when this answers. */
  private async rename(
    { id, login: oldLogin }: Account,
    login: string,
    caller: SignedInCaller,
    request: FastifyRequest,
  ): Promise<object> {
    await this.refuseRetiredNames(id, oldLogin, login);
    const { account } = await this.auth.renameAccount({ accountId: id, login, actor: actorOf(caller) });
    const group = account.kind === 'organization' ? 'orgs' : 'users';
    return {
      message: `The account is now called "${account.login}".`,
      url: `${this.directory.base(request)}/api/v3/${group}/${account.login}`,
    };
  }

  /** A login comes with no name that people believe to be somebody else's (spec P-30). */
  private async refuseRetiredNames(ownerId: string, oldLogin: string, login: string): Promise<void> {
    const { items } = await this.metadata.findRetiredNames({ ownerId, oldLogin, login });
    if (items.length === 0) return;
    const names = items.map(({ format, name }) => `"${name}" (${format})`).join(', ');
    throw new DomainError(
      'forbidden',
      `The account has packages whose names are retired under "${login}": ${names}. Delete them, or free the names first.`,
    );
  }

  private async setSiteAdministrator(
    username: string,
    siteAdmin: boolean,
    caller: SignedInCaller,
  ): Promise<void> {
    this.directory.requireSiteAdministrator(caller);
    const { id: accountId } = await this.directory.getAccount(username, 'user');
    await this.auth.setSiteAdministrator({ accountId, siteAdmin, actor: actorOf(caller) });
  }
}
