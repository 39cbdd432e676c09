import { Controller, UseInterceptors } from '@nestjs/common';
import { billingContract, type Account, type BillingClient } from '@packhouse/contracts';
import { actorOf, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';
import { Directory } from './v3/directory';

const bytes = z.number().int().nonnegative();
const limitBytes = bytes
  .nullable()
  .meta({ description: 'Most that the owner may store; null: no limit. 1 GB is 10^9 bytes.' });
const ownerStorage = z.object({
  limitBytes,
  usedBytes: bytes.meta({
    description: 'What its live versions have, each content once, and those that wait for approval.',
  }),
  reservedBytes: bytes.meta({
    description: 'What uploads under way, and uploaded content without a version, may add.',
  }),
});

const tags = ['storage'];
const params = z.object({ owner: z.string() });
const path = '/api/packhouse/v1/owners/{owner}/storage';

const getStorage = defineOperation({
  id: 'ours/get-owner-storage',
  method: 'GET',
  path,
  summary: 'How much an owner stores and may store, for its owners',
  tags,
  scopes: ['read:org', 'user', 'site_admin'],
  params,
  responses: { 200: ownerStorage, 403: 'The caller does not own the account.', 404: 'There is none.' },
});
const setLimit = defineOperation({
  id: 'ours/set-owner-storage-limit',
  method: 'PUT',
  path,
  summary: 'Set how much an owner may store, for site administrators',
  tags,
  scopes: ['site_admin'],
  secondFactor: 'account',
  params,
  body: z.strictObject({ limitBytes }),
  responses: { 200: ownerStorage, 404: 'There is no such owner.' },
});

/** How much owners store. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class OwnerStorageController {
  constructor(
    @InjectClient(billingContract) private readonly billing: BillingClient,
    private readonly directory: Directory,
  ) {}

  @Operation(getStorage)
  async get(@Input() { caller, params: { owner } }: InputOf<typeof getStorage>): Promise<object> {
    const account = await this.directory.getAccount(owner);
    await this.requireOwner(caller, account);
    return this.describe(account);
  }

  @Operation(setLimit)
  async set(@Input() { body, caller, params: { owner } }: InputOf<typeof setLimit>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    const account = await this.directory.getAccount(owner);
    const limit = { ownerId: account.id, bytes: body.limitBytes };
    await this.billing.setStorageLimit({ ...limit, actor: actorOf(caller) });
    return this.describe(account);
  }

  private async describe({ id }: Account): Promise<z.infer<typeof ownerStorage>> {
    const { limit, used, reserved } = await this.billing.getStorage({ ownerId: id });
    return { limitBytes: limit, usedBytes: used, reservedBytes: reserved };
  }

  private async requireOwner({ principal }: SignedInCaller, account: Account): Promise<void> {
    if (principal.accountId === account.id) return;
    if ((await this.directory.standingOf(principal, account)) === 'owner') return;
    throw new DomainError(
      'forbidden',
      `Only owners of ${account.login} and site administrators see how much it stores.`,
    );
  }
}
