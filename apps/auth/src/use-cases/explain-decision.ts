import { Injectable } from '@nestjs/common';
import { explainAccess } from '@packhouse/access';
import type { Principal } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { getAccountRow } from '../facts/accounts';
import { Principals } from '../facts/principals';
import { accountSuspended } from '../facts/suspensions';
import { Questions } from '../facts/questions';
import type { Answer, Ask } from '../messages';

/** Why a decision is as it is: for administrators, who may know whether the package exists. */
@Injectable()
export class ExplainDecision {
  constructor(
    @InjectDatabase('auth') private readonly database: ServiceDatabase,
    private readonly principals: Principals,
    private readonly questions: Questions,
  ) {}

  async run({ who, action, subject }: Ask<'explainDecision'>): Promise<Answer<'explainDecision'>> {
    const principal = await this.findPrincipal(who);
    const { caller, subject: about } = await this.questions.gather(principal, subject);
    const { decision, facts, steps } = explainAccess(action, caller, about);
    return { decision, facts: [...facts], steps: [...steps] };
  }

  private async findPrincipal(who: Ask<'explainDecision'>['who']): Promise<Principal | null> {
    if (who.kind === 'anonymous') return null;
    if (who.kind === 'token') return this.principals.getByTokenHash(who.hash);
    const { manager } = this.database.dataSource;
    const { id, login, siteAdmin, twoFactor, suspendedAt } = await getAccountRow(
      manager,
      who.accountId,
      'user',
    );
    if (suspendedAt !== null) throw accountSuspended(login);
    return {
      ...{ accountId: id, login, siteAdmin, twoFactor },
      ...{ tokenId: null, scopes: null, limits: null, workflow: null, expiresAt: null },
    };
  }
}
