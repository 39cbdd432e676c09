import { authEvents, factKey, type Actor, type TeamRole } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import type { Change } from '../auth-transaction';
import { MembershipEntity } from '../persistence/account.entities';
import { getAccountRow } from './accounts';

/**
 * Puts a member of the organization into one of its teams, or changes its role there. Call with the members locked, so that
 * nobody leaves the organization meanwhile.
 * @throws DomainError `invalid_request` for somebody who is not a member.
 */
export async function putTeamMember(
  change: Change,
  team: { id: string; organizationId: string; slug: string },
  { accountId, role }: { accountId: string; role: TeamRole },
  actor: Actor,
): Promise<void> {
  const { manager } = change;
  const { id: teamId, organizationId, slug } = team;
  const account = await getAccountRow(manager, accountId, 'user');
  if (!(await manager.existsBy(MembershipEntity, { organizationId, accountId }))) {
    throw new DomainError(
      'invalid_request',
      `"${account.login}" is not a member of the organization: add the account to the organization first.`,
    );
  }
  const written = await manager.query<unknown[]>(
    `INSERT INTO team_members AS m (team_id, account_id, role) VALUES ($1, $2, $3)
     ON CONFLICT (team_id, account_id) DO UPDATE SET role = EXCLUDED.role WHERE m.role <> EXCLUDED.role RETURNING role`,
    [teamId, accountId, role],
  );
  if (written.length === 0) return;
  await change.record(authEvents.teamMemberChanged, { teamId, organizationId, slug, accountId, role }, actor);
  change.forget(factKey.account(accountId));
}
