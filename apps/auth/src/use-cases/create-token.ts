import { Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { DAY, DomainError, type Clock } from '@packhouse/kernel';
import { AuthTransaction, type Change } from '../auth-transaction';
import { InjectClock } from '../clock';
import { getAccountRow } from '../facts/accounts';
import { insertToken } from '../facts/tokens';
import type { Answer, Ask } from '../messages';

/** Makes a classic or a fine-grained token of a person; its text is shown this once. */
@Injectable()
export class CreateToken {
  constructor(
    private readonly transaction: AuthTransaction,
    private readonly settings: Settings,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(request: Ask<'createToken'>): Promise<Answer<'createToken'>> {
    const expiresAt = request.expiresAt === null ? null : new Date(request.expiresAt);
    const now = this.clock.now();
    if (request.limits !== null) this.checkFineGrained(request, expiresAt, now);
    return this.transaction.run(async (change) => {
      await checkHolder(change, request);
      return insertToken(change, { ...request, expiresAt, workflow: null }, now);
    });
  }

  private checkFineGrained({ scopes }: Ask<'createToken'>, expiresAt: Date | null, now: Date): void {
    if (scopes.length > 0)
      throw new DomainError(
        'invalid_request',
        'A token has either scopes or limits: leave the scopes of a fine-grained token out.',
      );
    const { fineGrainedTokenDays } = this.settings.values.credentials;
    if (expiresAt !== null && expiresAt.getTime() <= now.getTime() + fineGrainedTokenDays * DAY) return;
    throw new DomainError(
      'invalid_request',
      `A fine-grained token expires, at most ${fineGrainedTokenDays} days from now: give it an earlier end.`,
    );
  }
}

async function checkHolder(
  { manager }: Change,
  { accountId, scopes, limits }: Ask<'createToken'>,
): Promise<void> {
  const account = await getAccountRow(manager, accountId, 'user');
  if (scopes.includes('site_admin') && !account.siteAdmin) {
    throw new DomainError(
      'forbidden',
      'Only site administrators may create tokens with the scope "site_admin".',
    );
  }
  if (limits !== null) await getAccountRow(manager, limits.ownerId);
}
