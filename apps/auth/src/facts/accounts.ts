import type { Account, Actor } from '@packhouse/contracts';
import { DomainError, findLoginFault, loginKey, newId } from '@packhouse/kernel';
import { authEvents, factKey } from '@packhouse/contracts';
import type { EntityManager } from 'typeorm';
import type { Change } from '../auth-transaction';
import { AccountEntity, type AccountKind } from '../persistence/account.entities';
import { readOptionalLine } from '../plain-text';

export function toAccount(row: AccountEntity): Account {
  const { id, number, kind, login, displayName, email, siteAdmin, twoFactor, profile } = row;
  return {
    ...{ id, number, kind, login, displayName, email, siteAdmin, twoFactor, profile },
    suspendedAt: row.suspendedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** @throws DomainError `not_found`, or `invalid_request` when the account is of another kind. */
export async function getAccountRow(
  manager: EntityManager,
  id: string,
  kind?: AccountKind,
): Promise<AccountEntity> {
  const row = await manager.findOneBy(AccountEntity, { id });
  if (!row) throw new DomainError('not_found', 'There is no such account.');
  if (kind && row.kind !== kind) {
    throw new DomainError(
      'invalid_request',
      `"${row.login}" is ${row.kind === 'user' ? 'a user' : 'an organization'}: this needs ${kind === 'user' ? 'a user' : 'an organization'}.`,
    );
  }
  return row;
}

export interface NewAccount {
  readonly kind: AccountKind;
  readonly login: string;
  readonly displayName: string | null;
  readonly email?: string | null;
  readonly siteAdmin?: boolean;
  readonly passwordHash?: string | null;
}

/** @throws DomainError `invalid_request` for what cannot be a login. */
export function checkLogin(login: string): void {
  const fault = findLoginFault(login);
  if (fault) throw new DomainError('invalid_request', `${fault}.`);
}

/**
 * Writes an account with its event. The unique login key decides between two who take a name at the same moment.
 * @throws DomainError `name_taken`.
 */
export async function insertAccount(
  change: Change,
  account: NewAccount,
  now: Date,
  actor: Actor | null,
): Promise<Account> {
  checkLogin(account.login);
  const { kind, login } = account;
  const displayName = readOptionalLine(account.displayName, 'display name', 200);
  const email = readOptionalLine(account.email ?? null, 'e-mail address', 300);
  const row = change.manager.create(AccountEntity, {
    ...{ id: newId(now.getTime()), kind, login, loginKey: loginKey(login), displayName, email },
    ...{ siteAdmin: account.siteAdmin ?? false, twoFactor: 'off' as const, profile: {}, suspendedAt: null },
    ...{ passwordHash: account.passwordHash ?? null, createdAt: now, updatedAt: now },
  });
  const [written] = await change.manager.query<Array<{ number: number }>>(
    `INSERT INTO accounts (id, kind, login, login_key, display_name, email, site_admin, password_hash, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT (login_key) DO NOTHING RETURNING number`,
    [row.id, kind, login, row.loginKey, displayName, email, row.siteAdmin, row.passwordHash, now],
  );
  if (!written) throw new DomainError('name_taken', `The login "${login}" is taken: choose another.`);
  await change.record(authEvents.accountCreated, { accountId: row.id, login, kind }, actor);
  change.forget(factKey.login(login), factKey.account(row.id));
  return toAccount({ ...row, number: written.number });
}

/** Announces that something about the account itself changed. */
export function forgetAccount(change: Change, { id, login }: { id: string; login: string }): void {
  change.forget(factKey.account(id), factKey.login(login));
}
