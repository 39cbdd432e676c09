import { z } from 'zod';
import { account } from './auth.schemas';
import { actor, id, isoTime, nothing } from './common';
import { operation } from './define-contract';
import { slice, sliceOf } from './slices';

/**
 * Which reads of packages the audit log keeps: none, files that are handed out, or documents too. Of the instance and of
 * an organization the wider counts.
 */
export const auditedReads = z.enum(['off', 'downloads', 'all']);
export type AuditedReads = z.infer<typeof auditedReads>;

export const organizationPolicy = z.object({
  /** What every member may do in every repository of the organization. */
  baseRole: z.enum(['none', 'read', 'write', 'admin']),
  /** Visibilities that members (not owners) may give new packages and repositories (spec P-23). */
  createPublic: z.boolean(),
  createPrivate: z.boolean(),
  createInternal: z.boolean(),
  /** Whether a package that is linked at its first publish takes the access of the repository (spec P-15). */
  inheritByDefault: z.boolean(),
  auditReads: auditedReads,
});
export type OrganizationPolicy = z.infer<typeof organizationPolicy>;

export const formatState = z.enum(['enabled', 'read-only', 'disabled']);
export type FormatState = z.infer<typeof formatState>;
const formatPolicy = z.object({ format: z.string(), state: formatState });

export const enterprise = z.object({
  id,
  /** As it stands in addresses; unique without regard to case. */
  slug: z.string(),
  name: z.string(),
  createdAt: isoTime,
});
export type Enterprise = z.infer<typeof enterprise>;

/** What organizations and the instance allow, and which organizations share their internal packages. */
export const policyOperations = {
  /** The defaults for an organization that has set nothing. */
  getOrganizationPolicy: operation(
    z.object({ organizationId: id }),
    z.object({ policy: organizationPolicy }),
  ),
  /** What is not given stays. */
  setOrganizationPolicy: operation(
    z.object({ organizationId: id, policy: organizationPolicy.partial(), actor }),
    z.object({ policy: organizationPolicy }),
  ),
  /** `enabled` for a format that nobody has switched. */
  getFormatPolicy: operation(z.object({ format: z.string() }), formatPolicy),
  /** Formats that were switched at some time. */
  listFormatPolicies: operation(nothing, z.object({ policies: z.array(formatPolicy) })),
  setFormatPolicy: operation(
    z.object({ format: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/), state: formatState, actor }),
    nothing,
  ),

  /** Rejects `name_taken`. */
  createEnterprise: operation(
    z.object({ slug: z.string(), name: z.string().max(200), actor }),
    z.object({ enterprise }),
  ),
  findEnterprise: operation(z.object({ slug: z.string() }), z.object({ enterprise: enterprise.nullable() })),
  listEnterprises: operation(z.object({ ...slice }), sliceOf(enterprise)),
  /** Its organizations stay, for themselves. */
  deleteEnterprise: operation(z.object({ enterpriseId: id, actor }), nothing),
  listEnterpriseOrganizations: operation(z.object({ enterpriseId: id, ...slice }), sliceOf(account)),
  /** Rejects `invalid_request` for an organization of another enterprise. */
  addEnterpriseOrganization: operation(z.object({ enterpriseId: id, organizationId: id, actor }), nothing),
  removeEnterpriseOrganization: operation(z.object({ enterpriseId: id, organizationId: id, actor }), nothing),
} as const;
