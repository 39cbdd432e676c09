import { Injectable } from '@nestjs/common';
import { authEvents } from '@packhouse/contracts';
import type { Clock } from '@packhouse/kernel';
import { AuthTransaction } from '../auth-transaction';
import { InjectClock } from '../clock';
import { forgetAccount, getAccountRow } from '../facts/accounts';
import { refuseLosingLastAdministrator } from '../facts/site-administrators';
import type { Answer, Ask } from '../messages';
import { AccountEntity } from '../persistence/account.entities';

/** Makes a user a site administrator, or an ordinary user again. */
@Injectable()
export class SetSiteAdministrator {
  constructor(
    private readonly transaction: AuthTransaction,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run({
    accountId,
    siteAdmin,
    actor,
  }: Ask<'setSiteAdministrator'>): Promise<Answer<'setSiteAdministrator'>> {
    await this.transaction.run(async (change) => {
      const { manager } = change;
      if (!siteAdmin) await refuseLosingLastAdministrator(manager, accountId);
      const row = await getAccountRow(manager, accountId, 'user');
      if (row.siteAdmin === siteAdmin) return;
      await manager.update(AccountEntity, { id: accountId }, { siteAdmin, updatedAt: this.clock.now() });
      await change.record(authEvents.accountUpdated, { accountId, login: row.login }, actor);
      forgetAccount(change, row);
    });
    return {};
  }
}
