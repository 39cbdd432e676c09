import { DomainError } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { MembershipEntity } from '../persistence/account.entities';
import { getAccountRow } from './accounts';

/** Lets one change of an organization's members through at a time, until the transaction ends. */
export async function lockMembers(manager: EntityManager, organizationId: string): Promise<void> {
  await manager.query('SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [organizationId]);
  await getAccountRow(manager, organizationId, 'organization');
}

/** Call with the members locked. @throws DomainError `forbidden` when only one owner is left. */
export async function refuseLosingLastOwner(manager: EntityManager, organizationId: string): Promise<void> {
  const owners = await manager.countBy(MembershipEntity, { organizationId, role: 'owner' });
  if (owners > 1) return;
  throw new DomainError(
    'forbidden',
    'An organization keeps at least one owner: make somebody else an owner first.',
  );
}
