import { accountKind, id, isoTime, type Account } from '@packhouse/contracts';
import { z } from 'zod';

/** What others see of an account. */
export const accountView = z.object({
  id,
  kind: accountKind,
  login: z.string(),
  displayName: z.string().nullable(),
  createdAt: isoTime,
});
export type AccountView = z.infer<typeof accountView>;

/** Leaves out what is nobody else's business. */
export function describeAccount(account: Account): AccountView {
  const { id: accountId, kind, login, displayName, createdAt } = account;
  return { id: accountId, kind, login, displayName, createdAt };
}
