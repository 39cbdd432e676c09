import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { authContract, type Account, type AuthClient } from '@packhouse/contracts';
import { actorOf, Callers } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiCallers } from '../api-callers';
import { checkInput, readInput } from '../read-input';

const newUser = z.strictObject({
  login: z.string(),
  password: z.string().min(8).max(1000).optional(),
  email: z.string().max(300).optional(),
  displayName: z.string().max(200).optional(),
  siteAdmin: z.boolean().default(false),
});
export const pageQuery = z.object({
  cursor: z.string().nullable().default(null),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

/** People. */
@Controller('api/packhouse/v1')
export class UsersController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: ApiCallers,
    private readonly credentials: Callers,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /** The account behind the credential. */
  @Get('user')
  async current(@Req() request: FastifyRequest): Promise<object> {
    const { principal } = await this.callers.signedIn(request);
    const { account } = await this.auth.findAccount({ login: principal.login });
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

  /** By an administrator; by anybody when sign-up is open, and then an ordinary account with a password. */
  @Post('users')
  @HttpCode(201)
  async create(@Req() request: FastifyRequest): Promise<object> {
    const { principal } = await this.credentials.identify(request);
    const isSignUp = !principal && this.settings.values.accounts.signUp;
    const caller = isSignUp ? null : await this.callers.siteAdmin(request);
    const input = await readInput(request, newUser);
    if (isSignUp && (input.siteAdmin || !input.password))
      throw new DomainError('invalid_request', 'Signing up takes a login and a password.');
    const { account } = await this.auth.createUser({ ...input, actor: caller && actorOf(caller) });
    return describeAccount(account);
  }

  @Get('users')
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<object> {
    await this.callers.signedIn(request);
    const page = await this.auth.listAccounts({ kind: 'user', ...checkInput(pageQuery, query) });
    return { items: page.items.map(describeAccount), next: page.next };
  }

  @Get('users/:login')
  async read(@Req() request: FastifyRequest, @Param('login') login: string): Promise<object> {
    await this.callers.signedIn(request);
    return describeAccount(await this.callers.findAccount(login, 'user'));
  }
}

/** What others see of an account. */
export function describeAccount(account: Account): object {
  const { id, kind, login, displayName, createdAt } = account;
  return { id, kind, login, displayName, createdAt };
}
