import type { PackageRole } from '@packhouse/contracts';

/** A grant as lists show it. */
export interface GrantRow {
  packageId: string;
  accountId: string;
  login: string;
  email: string | null;
  role: PackageRole;
}

export const grantColumns = `
  SELECT g.package_id AS "packageId", g.account_id AS "accountId", a.login, a.email, g.role
  FROM grants g JOIN accounts a ON a.id = g.account_id`;
