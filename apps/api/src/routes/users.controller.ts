import { Controller, Inject, UseInterceptors } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import {
  authContract,
  isoTime,
  tokenLimits,
  tokenScope,
  workflowIdentity,
  type Account,
  type AuthClient,
} from '@packhouse/contracts';
import { actorOf, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { ApiCallers } from '../api-callers';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';
import { accountView, describeAccount } from './account-view';
import { pageAnswer, pageQuery } from './page-query';

export { describeAccount } from './account-view';
export { pageQuery } from './page-query';

const newUser = z.strictObject({
  login: z.string(),
  password: z.string().min(8).max(1000).optional(),
  email: z.string().max(300).optional(),
  displayName: z.string().max(200).optional(),
  siteAdmin: z.boolean().default(false),
});
const ownAccount = accountView.extend({
  email: z.string().nullable(),
  siteAdmin: z.boolean(),
  twoFactor: z.enum(['off', 'auth', 'writes']),
  scopes: z.array(tokenScope).nullable(),
  limits: tokenLimits.nullable(),
  workflow: workflowIdentity.nullable(),
});
const userView = accountView.extend({
  /** For site administrators: since when it is suspended. */
  suspendedAt: isoTime.nullable().optional(),
});
const tags = ['users'];

const getCurrent = defineOperation({
  id: 'ours/get-current-user',
  method: 'GET',
  path: '/api/packhouse/v1/user',
  summary: 'The account behind the credential',
  tags,
  responses: { 200: ownAccount },
});
const createUser = defineOperation({
  id: 'ours/create-user',
  method: 'POST',
  path: '/api/packhouse/v1/users',
  summary: 'Make an account',
  description:
    'By an administrator; by anybody when sign-up is open, and then an ordinary account with a password.',
  tags,
  auth: 'anyone',
  body: newUser,
  responses: { 201: accountView, 409: 'The login is taken.' },
});
const listUsers = defineOperation({
  id: 'ours/list-users',
  method: 'GET',
  path: '/api/packhouse/v1/users',
  summary: 'List people',
  tags,
  query: pageQuery,
  responses: { 200: pageAnswer(userView) },
});
const getUser = defineOperation({
  id: 'ours/get-user',
  method: 'GET',
  path: '/api/packhouse/v1/users/{login}',
  summary: 'One person',
  tags,
  params: z.object({ login: z.string() }),
  responses: { 200: userView },
});

/** People. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class UsersController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: ApiCallers,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  @Operation(getCurrent)
  async current(@Input() { caller }: InputOf<typeof getCurrent>): Promise<object> {
    const { principal } = caller;
    const [account] = (await this.auth.getAccounts({ ids: [principal.accountId] })).accounts;
    if (!account) throw new DomainError('not_found', 'The account behind this credential is gone.');
    return {
      ...describeAccount(account),
      email: account.email,
      siteAdmin: account.siteAdmin,
      twoFactor: account.twoFactor,
      scopes: principal.scopes,
      limits: principal.limits,
      workflow: principal.workflow,
    };
  }

  @Operation(createUser)
  async create(@Input() { body, caller, request }: InputOf<typeof createUser>): Promise<object> {
    const isSignUp = !caller.principal && this.settings.values.accounts.signUp;
    const administrator = isSignUp ? null : await this.callers.siteAdmin(request);
    if (isSignUp && (body.siteAdmin || !body.password))
      throw new DomainError('invalid_request', 'Signing up takes a login and a password.');
    const { account } = await this.auth.createUser({
      ...body,
      actor: administrator && actorOf(administrator),
    });
    return describeAccount(account);
  }

  @Operation(listUsers)
  async list(@Input() { query, caller }: InputOf<typeof listUsers>): Promise<object> {
    const page = await this.auth.listAccounts({ kind: 'user', ...query });
    return { items: page.items.map((account) => describeUser(account, caller)), next: page.next };
  }

  @Operation(getUser)
  async read(@Input() { params, caller }: InputOf<typeof getUser>): Promise<object> {
    return describeUser(await this.callers.findAccount(params.login, 'user'), caller);
  }
}

function describeUser(account: Account, { principal }: SignedInCaller): z.output<typeof userView> {
  const { suspendedAt } = account;
  return { ...describeAccount(account), ...(principal.siteAdmin ? { suspendedAt } : {}) };
}
