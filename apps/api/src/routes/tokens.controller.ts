import { Controller, UseInterceptors } from '@nestjs/common';
import { hasScope, scopeOfAction } from '@packhouse/access';
import {
  authContract,
  packageAction,
  tokenInfo,
  tokenLimits,
  tokenScope,
  type AuthClient,
  type PackageAction,
  type TokenLimits,
  type TokenScope,
} from '@packhouse/contracts';
import { actorOf, requireWholeAccount, type SignedInCaller } from '@packhouse/gateway-kit';
import { DAY, DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { ApiCallers } from '../api-callers';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';
import { pageAnswer, pageQuery } from './page-query';

const limits = z.strictObject({
  owner: z.string().max(100),
  /** Names as their format writes them, `*` for any run of characters; left out: every package of the owner. */
  packages: tokenLimits.shape.packages.default(null),
  actions: z.array(packageAction).min(1).max(4),
});
const newToken = z
  .strictObject({
    name: z.string().min(1).max(200),
    /** Of a classic token; default: read:packages. */
    scopes: z.array(tokenScope).optional(),
    /** Makes it a fine-grained one. */
    limits: limits.optional(),
    expiresAt: z.iso.datetime().optional(),
    expiresInDays: z.number().int().min(1).max(3650).optional(),
  })
  .refine(({ scopes, limits }) => !(scopes && limits), {
    error: 'a token has either "scopes" (classic) or "limits" (fine-grained)',
  });
type NewToken = z.output<typeof newToken>;
const createdToken = tokenInfo.extend({ token: z.string() });
const tags = ['tokens'];

const listTokens = defineOperation({
  id: 'ours/list-tokens',
  method: 'GET',
  path: '/api/packhouse/v1/tokens',
  summary: 'List your tokens',
  tags,
  query: pageQuery,
  responses: { 200: pageAnswer(tokenInfo) },
});
const createToken = defineOperation({
  id: 'ours/create-token',
  method: 'POST',
  path: '/api/packhouse/v1/tokens',
  summary: 'Make a token for yourself; its text is shown once',
  tags,
  scopes: ['user'],
  body: newToken,
  responses: { 201: createdToken },
});
const createTokenForUser = defineOperation({
  id: 'ours/create-token-for-user',
  method: 'POST',
  path: '/api/packhouse/v1/users/{login}/tokens',
  summary: 'Make a token for somebody else, as a site administrator',
  description: 'For robots, and people who cannot sign in yet.',
  tags,
  scopes: ['site_admin'],
  params: z.object({ login: z.string() }),
  body: newToken,
  responses: { 201: createdToken },
});
const revokeToken = defineOperation({
  id: 'ours/revoke-token',
  method: 'DELETE',
  path: '/api/packhouse/v1/tokens/{id}',
  summary: 'Revoke one of your tokens, at once',
  tags,
  scopes: ['user'],
  params: z.object({ id: z.string() }),
  responses: { 204: 'The token is revoked.' },
});

/** Access tokens of people: shown once, listed without their text, revoked at once. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class TokensController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: ApiCallers,
  ) {}

  @Operation(listTokens)
  async list(@Input() { caller, query }: InputOf<typeof listTokens>): Promise<object> {
    requireWholeAccount(caller.principal);
    return this.auth.listTokens({ accountId: caller.principal.accountId, ...query });
  }

  @Operation(createToken)
  async create(@Input() { body, request }: InputOf<typeof createToken>): Promise<object> {
    const caller = await this.callers.forChange(request, 'user');
    return this.createFor(body, caller, caller.principal.accountId);
  }

  @Operation(createTokenForUser)
  async createForUser(
    @Input() { params, body, request }: InputOf<typeof createTokenForUser>,
  ): Promise<object> {
    const caller = await this.callers.siteAdmin(request);
    const account = await this.callers.findAccount(params.login, 'user');
    return this.createFor(body, caller, account.id);
  }

  @Operation(revokeToken)
  async revoke(@Input() { params, request }: InputOf<typeof revokeToken>): Promise<void> {
    const caller = await this.callers.forChange(request, 'user');
    if (!z.uuid().safeParse(params.id).success) throw new DomainError('not_found', 'There is no such token.');
    const { accountId } = caller.principal;
    await this.auth.revokeToken({ accountId, tokenId: params.id, actor: actorOf(caller) });
  }

  private async createFor(input: NewToken, caller: SignedInCaller, accountId: string): Promise<object> {
    const scopes = input.scopes ?? (input.limits ? [] : (['read:packages'] as const));
    refuseWider(caller, scopes, input.limits?.actions ?? []);
    const { name, expiresAt, expiresInDays } = input;
    const expiry =
      expiresAt ?? (expiresInDays ? new Date(Date.now() + expiresInDays * DAY).toISOString() : null);
    const { token, info } = await this.auth.createToken({
      accountId,
      name,
      scopes: [...scopes],
      limits: input.limits ? await this.readLimits(input.limits) : null,
      expiresAt: expiry,
      actor: actorOf(caller),
    });
    return { ...info, token };
  }

  private async readLimits({ owner, packages, actions }: z.infer<typeof limits>): Promise<TokenLimits> {
    const { account } = await this.auth.findAccount({ login: owner });
    if (!account || account.kind === 'bot')
      throw new DomainError('not_found', `There is no user or organization "${owner.slice(0, 60)}".`);
    return { ownerId: account.id, packages, actions: [...new Set(actions)] };
  }
}

/** A token makes no token that reaches further than itself. */
function refuseWider(
  { principal }: SignedInCaller,
  scopes: readonly TokenScope[],
  actions: readonly PackageAction[],
): void {
  const wanted = [...scopes, ...actions.map((action) => scopeOfAction[action])];
  const beyond = wanted.filter((scope) => !hasScope(principal.scopes, scope));
  if (beyond.length === 0) return;
  throw new DomainError(
    'forbidden',
    `A token cannot make one with more scopes than its own: ${[...new Set(beyond)].join(', ')}.`,
  );
}
