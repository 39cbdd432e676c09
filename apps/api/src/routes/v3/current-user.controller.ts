import { Controller, UseInterceptors } from '@nestjs/common';
import { authContract, type Account, type AuthClient } from '@packhouse/contracts';
import { PublicUrl } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { fullUser, toFullUser } from '../../rest/serialisers/full-user';

const getAuthenticated = defineOperation({
  id: 'users/get-authenticated',
  method: 'GET',
  path: '/api/v3/user',
  summary: 'The account behind the credential',
  tags: ['users'],
  responses: { 200: fullUser, 401: 'Nobody signed in.', 403: 'The credential is not that of an account.' },
});

/** Who one is. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class CurrentUserController {
  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Operation(getAuthenticated)
  async current(@Input() { caller, request }: InputOf<typeof getAuthenticated>): Promise<object> {
    const { principal } = caller;
    if (principal.workflow)
      throw new DomainError('forbidden', 'Resource not accessible by integration: a workflow is no account.');
    const { account } = await this.auth.findAccount({ login: principal.login });
    if (!account) throw new DomainError('credentials_invalid');
    const publicRepositories = await this.countPublicRepositories(account);
    return toFullUser(account, { publicRepositories }, this.publicUrl.baseFor(request));
  }

  /** Of those that a first page holds: a figure for profiles, not for accounting. */
  private async countPublicRepositories({ id }: Account): Promise<number> {
    const { items } = await this.auth.listRepositories({ ownerId: id, limit: 100 });
    return items.filter(({ visibility }) => visibility === 'public').length;
  }
}
