import type { OrganizationPolicy } from '@packhouse/contracts';

/** What holds for an organization that has set nothing: the defaults of the table. */
export const defaultPolicy: OrganizationPolicy = {
  baseRole: 'read',
  createPublic: true,
  createPrivate: true,
  createInternal: true,
  inheritByDefault: true,
  auditReads: 'off',
};

export const policyQuery = `
  SELECT base_role AS "baseRole", create_public AS "createPublic", create_private AS "createPrivate",
    create_internal AS "createInternal", inherit_by_default AS "inheritByDefault",
    audit_reads AS "auditReads"
  FROM organization_policies WHERE organization_id = $1`;
