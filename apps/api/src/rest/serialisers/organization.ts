import type { Account, OrganizationPolicy } from '@packhouse/contracts';
import { z } from 'zod';
import { nodeId } from '../node-id';
import { simpleUser, toSimpleUser } from './simple-user';

/** GitHub's "organization simple". */
export const organizationSimple = z
  .object({
    login: z.string(),
    url: z.string(),
    id: z.int(),
    node_id: z.string(),
    repos_url: z.string(),
    events_url: z.string(),
    hooks_url: z.string(),
    issues_url: z.string(),
    members_url: z.string(),
    public_members_url: z.string(),
    avatar_url: z.string(),
    description: z.string().nullable(),
  })
  .meta({ id: 'organization-simple', title: 'Organization Simple' });
export type OrganizationSimple = z.infer<typeof organizationSimple>;

/** GitHub's word for a base role. */
export const basePermission = z.enum(['read', 'write', 'admin', 'none']);

/** GitHub's "organization full". What only members see is left out for others. */
export const organizationFull = z
  .object({
    ...organizationSimple.shape,
    name: z.string().optional(),
    company: z.string().optional(),
    blog: z.string().optional(),
    location: z.string().optional(),
    email: z.string().optional(),
    html_url: z.string(),
    has_organization_projects: z.boolean(),
    has_repository_projects: z.boolean(),
    public_repos: z.int(),
    public_gists: z.int(),
    followers: z.int(),
    following: z.int(),
    type: z.string(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    archived_at: z.null(),
    total_private_repos: z.int().optional(),
    default_repository_permission: basePermission.optional(),
    members_can_create_repositories: z.boolean().optional(),
    members_can_create_public_repositories: z.boolean().optional(),
    members_can_create_private_repositories: z.boolean().optional(),
    members_can_create_internal_repositories: z.boolean().optional(),
  })
  .meta({ id: 'organization-full', title: 'Organization Full' });
export type OrganizationFull = z.infer<typeof organizationFull>;

/** GitHub's "org membership". */
export const orgMembership = z
  .object({
    url: z.string(),
    state: z.enum(['active', 'pending']),
    role: z.enum(['admin', 'member']),
    organization_url: z.string(),
    organization: organizationSimple,
    user: simpleUser,
  })
  .meta({ id: 'org-membership', title: 'Org Membership' });
export type OrgMembership = z.infer<typeof orgMembership>;

/** `base`: the public URL of the instance, here and below. */
export function toOrganizationSimple(account: Account, base: string): OrganizationSimple {
  const url = `${base}/api/v3/orgs/${encodeURIComponent(account.login)}`;
  return {
    login: account.login,
    url,
    id: account.number,
    node_id: nodeId('Organization', account.id),
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${base}/avatars/u/${account.number}`,
    description: account.profile.description ?? null,
  };
}

export interface OrganizationFigures {
  readonly publicRepositories: number;
  /** Null: the reader is not a member. */
  readonly inside: { readonly privateRepositories: number; readonly policy: OrganizationPolicy } | null;
}

export function toOrganizationFull(
  account: Account,
  { publicRepositories, inside }: OrganizationFigures,
  base: string,
): OrganizationFull {
  const { company, homepage, location } = account.profile;
  return {
    ...toOrganizationSimple(account, base),
    ...(account.displayName === null ? {} : { name: account.displayName }),
    ...(company === undefined ? {} : { company }),
    ...(homepage === undefined ? {} : { blog: homepage }),
    ...(location === undefined ? {} : { location }),
    ...(account.email === null ? {} : { email: account.email }),
    html_url: `${base}/${encodeURIComponent(account.login)}`,
    has_organization_projects: false,
    has_repository_projects: false,
    public_repos: publicRepositories,
    public_gists: 0,
    followers: 0,
    following: 0,
    type: 'Organization',
    created_at: account.createdAt,
    updated_at: account.updatedAt,
    archived_at: null,
    ...(inside === null
      ? {}
      : { total_private_repos: inside.privateRepositories, ...describePolicy(inside.policy) }),
  };
}

function describePolicy(policy: OrganizationPolicy): Partial<OrganizationFull> {
  return {
    default_repository_permission: policy.baseRole,
    members_can_create_repositories: policy.createPublic || policy.createPrivate || policy.createInternal,
    members_can_create_public_repositories: policy.createPublic,
    members_can_create_private_repositories: policy.createPrivate,
    members_can_create_internal_repositories: policy.createInternal,
  };
}

/** Memberships are effective at once here: their state is always `active`. */
export function toOrgMembership(
  organization: Account,
  user: Account,
  role: 'owner' | 'member',
  base: string,
): OrgMembership {
  const shown = toOrganizationSimple(organization, base);
  return {
    url: `${shown.url}/memberships/${encodeURIComponent(user.login)}`,
    state: 'active',
    role: role === 'owner' ? 'admin' : 'member',
    organization_url: shown.url,
    organization: shown,
    user: toSimpleUser(user, base),
  };
}
