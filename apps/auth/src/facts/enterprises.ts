import { factKey } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import type { Change } from '../auth-transaction';

/** Locks an enterprise against its removal and other changes of its organizations. @throws DomainError `not_found`. */
export async function lockEnterprise({ manager }: Change, enterpriseId: string): Promise<void> {
  const found = await manager.query<unknown[]>('SELECT id FROM enterprises WHERE id = $1 FOR UPDATE', [
    enterpriseId,
  ]);
  if (found.length === 0) throw new DomainError('not_found', 'There is no such enterprise.');
}

/** Announces every organization of the enterprise: who reads their internal packages changes. */
export async function forgetEnterprise(change: Change, enterpriseId: string): Promise<void> {
  await lockEnterprise(change, enterpriseId);
  const organizations = await change.manager.query<Array<{ id: string }>>(
    'SELECT id FROM accounts WHERE enterprise_id = $1',
    [enterpriseId],
  );
  change.forget(...organizations.map(({ id }) => factKey.account(id)));
}
