import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, type AuthClient } from '@packhouse/contracts';
import { actorOf, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { Directory } from './directory';

const common = {
  tags: ['enterprise-admin'],
  scopes: ['site_admin'],
  secondFactor: 'account',
  path: '/api/v3/users/{username}/suspended',
  params: z.object({ username: z.string() }),
  /** For the audit log. */
  body: z.object({ reason: z.string().max(500).nullable().optional() }),
} as const;

const suspend = defineOperation({
  ...common,
  ...{ id: 'enterprise-admin/suspend-user', method: 'PUT' },
  summary: 'Shut somebody out; packages stay',
  description:
    'Password, tokens, sessions and workflows of the account are refused everywhere when this has answered.',
  responses: { 204: 'The account is suspended.', 403: 'It is the last administrator, or yourself.' },
});
const unsuspend = defineOperation({
  ...common,
  ...{ id: 'enterprise-admin/unsuspend-user', method: 'DELETE' },
  summary: 'Let somebody in again, with the tokens and sessions that have not ended meanwhile',
  responses: { 204: 'The account is not suspended.' },
});

/** People who are shut out for a time. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class SuspensionsController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly directory: Directory,
  ) {}

  @Operation(suspend)
  suspend(@Input() { params, body, caller }: InputOf<typeof suspend>): Promise<void> {
    return this.set(caller, params.username, { suspended: true, reason: body.reason });
  }

  @Operation(unsuspend)
  unsuspend(@Input() { params, body, caller }: InputOf<typeof unsuspend>): Promise<void> {
    return this.set(caller, params.username, { suspended: false, reason: body.reason });
  }

  private async set(
    caller: SignedInCaller,
    login: string,
    { suspended, reason = null }: { suspended: boolean; reason: string | null | undefined },
  ): Promise<void> {
    this.directory.requireSiteAdministrator(caller);
    const { id: accountId } = await this.directory.getAccount(login, 'user');
    if (suspended && accountId === caller.principal.accountId)
      throw new DomainError('forbidden', 'Nobody suspends the account that one is signed in with.');
    await this.auth.setSuspended({ accountId, suspended, reason, actor: actorOf(caller) });
  }
}
