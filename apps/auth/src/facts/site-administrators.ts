import { DomainError } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';

/**
 * Locks all site administrators that can sign in until the transaction ends, so that two who go at the same moment do not both go.
 * @throws DomainError `forbidden` when the account is the only one.
 */
export async function refuseLosingLastAdministrator(
  manager: EntityManager,
  accountId: string,
): Promise<void> {
  const administrators = await manager.query<Array<{ id: string }>>(
    'SELECT id FROM accounts WHERE site_admin AND suspended_at IS NULL ORDER BY id FOR UPDATE',
  );
  if (administrators.length === 1 && administrators[0]?.id === accountId) {
    throw new DomainError('forbidden', 'This is the only site administrator: make somebody else one first.');
  }
}
