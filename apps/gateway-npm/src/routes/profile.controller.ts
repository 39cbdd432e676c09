import { Controller, Get, HttpCode, Post, Req, UseInterceptors } from '@nestjs/common';
import { authContract, type Account, type AuthClient } from '@packhouse/contracts';
import { actorOf, InjectClient, requireWholeAccount, type SignedInCaller } from '@packhouse/gateway-kit';
import { readJson } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { NoStore } from '../no-store';
import { NpmCallers } from '../npm-callers';

const freeFields = ['homepage', 'github', 'twitter', 'freenode'] as const;
const text = z.string().max(500).nullable().optional();
const twoFactorStart = z.object({
  mode: z.enum(['auth-only', 'auth-and-writes']),
  password: z.string().max(1000),
});
const twoFactorEnd = z.object({ mode: z.literal('disable'), password: z.string().max(1000) });
const change = z.object({
  fullname: text,
  email: text,
  homepage: text,
  github: text,
  twitter: text,
  freenode: text,
  password: z.object({ old: z.string().max(1000), new: z.string().max(1000) }).optional(),
  tfa: z.union([z.tuple([z.string().max(100)]), twoFactorEnd, twoFactorStart]).optional(),
});

/** `npm profile`: what people say of themselves, their password, their second factor (A5.2). */
@Controller('_registry/npm/-/npm/v1/user')
@UseInterceptors(NoStore)
export class ProfileController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: NpmCallers,
  ) {}

  @Get()
  async read(@Req() request: FastifyRequest): Promise<object> {
    const { principal } = await this.callers.signedIn(request);
    return describe(await this.account(principal.login));
  }

  @Post()
  @HttpCode(200)
  async update(@Req() request: FastifyRequest): Promise<object> {
    const caller = await this.callers.signedIn(request);
    requireWholeAccount(caller.principal);
    const body = change.safeParse(await readJson(request, 100_000));
    if (!body.success)
      throw new DomainError(
        'invalid_request',
        `The profile is not valid: ${body.error.issues[0]?.path.join('.')}: ${body.error.issues[0]?.message}.`,
      );
    const { tfa, password } = body.data;
    if (tfa) return { tfa: await this.changeTwoFactor(request, caller, tfa) };
    await this.callers.forChange(request, 'account');
    const { accountId, login } = caller.principal;
    if (password)
      await this.auth.changePassword({
        accountId,
        oldPassword: password.old,
        newPassword: password.new,
        actor: actorOf(caller),
      });
    const { fullname, email } = body.data;
    const profile = Object.fromEntries(
      freeFields.flatMap((field) =>
        typeof body.data[field] === 'string' ? [[field, body.data[field]]] : [],
      ),
    );
    const before = await this.account(login);
    const { account } = await this.auth.updateAccount({
      accountId,
      displayName: fullname,
      email,
      profile: { ...before.profile, ...profile },
      actor: actorOf(caller),
    });
    return describe(account);
  }

  /** Set-up answers an otpauth URL, its confirmation the recovery codes. */
  private async changeTwoFactor(
    request: FastifyRequest,
    caller: SignedInCaller,
    tfa: NonNullable<z.infer<typeof change>['tfa']>,
  ): Promise<unknown> {
    const { accountId } = caller.principal;
    const actor = actorOf(caller);
    if (Array.isArray(tfa))
      return (await this.auth.confirmTwoFactor({ accountId, otp: tfa[0], actor })).recoveryCodes;
    if (tfa.mode === 'disable') {
      const otp = request.headers['npm-otp'];
      await this.auth.disableTwoFactor({
        accountId,
        password: tfa.password,
        otp: typeof otp === 'string' ? otp : '',
        actor,
      });
      return null;
    }
    await this.callers.forChange(request, 'account');
    const mode = tfa.mode === 'auth-and-writes' ? 'writes' : 'auth';
    return (await this.auth.startTwoFactor({ accountId, password: tfa.password, mode })).otpauthUrl;
  }

  private async account(login: string): Promise<Account> {
    const { account } = await this.auth.findAccount({ login });
    if (!account) throw new DomainError('not_found', `There is no user "${login}".`);
    return account;
  }
}

function describe(account: Account): object {
  const { profile } = account;
  const mode = account.twoFactor === 'writes' ? 'auth-and-writes' : 'auth-only';
  return {
    tfa: account.twoFactor === 'off' ? false : { pending: false, mode },
    name: account.login,
    email: account.email ?? '',
    email_verified: false,
    created: account.createdAt,
    updated: account.updatedAt,
    cidr_whitelist: null,
    fullname: account.displayName ?? '',
    ...Object.fromEntries(freeFields.map((field) => [field, profile[field] ?? ''])),
  };
}
