import { z } from 'zod';
import { formatState, organizationPolicy } from './auth.policies';
import { repositoryRole } from './auth.repository-roles';
import { accountKind, tokenKind, tokenLimits, tokenScope, workflowIdentity } from './auth.schemas';
import { teamRole } from './auth.teams';
import { id, isoTime, packageRole, visibility } from './common';
import { defineEvent } from './define-contract';

const publisherRef = z.object({ publisherId: id, ownerId: id, issuer: z.string() });
const accountRef = z.object({ accountId: id, login: z.string() });
const teamRef = z.object({ teamId: id, organizationId: id, slug: z.string() });
const enterpriseRef = z.object({ enterpriseId: id, slug: z.string() });

export const authEvents = {
  accountCreated: defineEvent('account.created', accountRef.extend({ kind: accountKind })),
  accountUpdated: defineEvent('account.updated', accountRef),
  accountRenamed: defineEvent(
    'account.renamed',
    accountRef.extend({ kind: accountKind, oldLogin: z.string() }),
  ),
  accountDeleted: defineEvent('account.deleted', accountRef.extend({ kind: accountKind })),
  accountSuspended: defineEvent('account.suspended', accountRef.extend({ reason: z.string().nullable() })),
  accountUnsuspended: defineEvent(
    'account.unsuspended',
    accountRef.extend({ reason: z.string().nullable() }),
  ),
  memberChanged: defineEvent(
    'membership.changed',
    z.object({ organizationId: id, accountId: id, role: z.enum(['owner', 'member']).nullable() }),
  ),
  repositoryCreated: defineEvent(
    'repository.created',
    z.object({ repositoryId: id, ownerId: id, name: z.string() }),
  ),
  repositoryRenamed: defineEvent(
    'repository.renamed',
    z.object({ repositoryId: id, ownerId: id, name: z.string(), oldName: z.string() }),
  ),
  repositoryChanged: defineEvent(
    'repository.changed',
    z.object({ repositoryId: id, ownerId: id, name: z.string(), visibility, oldVisibility: visibility }),
  ),
  repositoryTransferred: defineEvent(
    'repository.transferred',
    z.object({
      repositoryId: id,
      name: z.string(),
      ownerId: id,
      ownerLogin: z.string(),
      oldName: z.string(),
      oldOwnerId: id,
      oldOwnerLogin: z.string(),
      visibility,
      oldVisibility: visibility,
    }),
  ),
  repositoryDeleted: defineEvent(
    'repository.deleted',
    z.object({ repositoryId: id, ownerId: id, name: z.string() }),
  ),
  collaboratorChanged: defineEvent(
    'collaborator.changed',
    z.object({ repositoryId: id, ownerId: id, accountId: id, role: repositoryRole.nullable() }),
  ),
  teamCreated: defineEvent('team.created', teamRef),
  teamChanged: defineEvent('team.changed', teamRef.extend({ oldSlug: z.string(), parentId: id.nullable() })),
  teamDeleted: defineEvent('team.deleted', teamRef),
  teamMemberChanged: defineEvent(
    'team.member-changed',
    teamRef.extend({ accountId: id, role: teamRole.nullable() }),
  ),
  teamRepositoryChanged: defineEvent(
    'team.repository-changed',
    z.object({ teamId: id, repositoryId: id, ownerId: id, role: repositoryRole.nullable() }),
  ),
  organizationPolicyChanged: defineEvent(
    'policy.organization-changed',
    z.object({ organizationId: id, policy: organizationPolicy }),
  ),
  formatPolicyChanged: defineEvent(
    'policy.format-changed',
    z.object({ format: z.string(), state: formatState }),
  ),
  enterpriseCreated: defineEvent('enterprise.created', enterpriseRef),
  enterpriseDeleted: defineEvent('enterprise.deleted', enterpriseRef),
  enterpriseOrganizationAdded: defineEvent(
    'enterprise.organization-added',
    z.object({ enterpriseId: id, organizationId: id }),
  ),
  enterpriseOrganizationRemoved: defineEvent(
    'enterprise.organization-removed',
    z.object({ enterpriseId: id, organizationId: id }),
  ),
  tokenCreated: defineEvent(
    'token.created',
    z.object({
      accountId: id,
      tokenId: id,
      name: z.string(),
      kind: tokenKind,
      scopes: z.array(tokenScope),
      limits: tokenLimits.nullable(),
      workflow: workflowIdentity.nullable(),
      expiresAt: isoTime.nullable(),
    }),
  ),
  tokenRevoked: defineEvent('token.revoked', z.object({ accountId: id, tokenId: id })),
  sessionStarted: defineEvent('session.started', z.object({ accountId: id, sessionId: id })),
  sessionEnded: defineEvent('session.ended', z.object({ accountId: id, sessionId: id })),
  publisherRegistered: defineEvent('publisher.registered', publisherRef.extend({ role: packageRole })),
  publisherRemoved: defineEvent('publisher.removed', publisherRef),
  /** An ID token was exchanged for a workflow token. */
  publisherUsed: defineEvent(
    'publisher.used',
    publisherRef.extend({ subject: z.string().nullable(), tokenId: id }),
  ),
  grantChanged: defineEvent(
    'grant.changed',
    z.object({ packageId: id, accountId: id, role: packageRole.nullable() }),
  ),
  teamGrantChanged: defineEvent(
    'team-grant.changed',
    z.object({ packageId: id, teamId: id, role: packageRole.nullable() }),
  ),
  workflowGrantChanged: defineEvent(
    'workflow-grant.changed',
    z.object({ packageId: id, repositoryId: id, role: packageRole.nullable() }),
  ),
  grantsReplaced: defineEvent('grants.replaced', z.object({ packageId: id, inheritsAccess: z.boolean() })),
} as const;
