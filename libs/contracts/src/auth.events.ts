import { z } from 'zod';
import { accountKind } from './auth.schemas';
import { id, packageRole } from './common';
import { defineEvent } from './define-contract';

const accountRef = z.object({ accountId: id, login: z.string() });

export const authEvents = {
  accountCreated: defineEvent('account.created', accountRef.extend({ kind: accountKind })),
  accountUpdated: defineEvent('account.updated', accountRef),
  memberChanged: defineEvent(
    'membership.changed',
    z.object({ organizationId: id, accountId: id, role: z.enum(['owner', 'member']).nullable() }),
  ),
  repositoryCreated: defineEvent(
    'repository.created',
    z.object({ repositoryId: id, ownerId: id, name: z.string() }),
  ),
  tokenCreated: defineEvent('token.created', z.object({ accountId: id, tokenId: id, name: z.string() })),
  tokenRevoked: defineEvent('token.revoked', z.object({ accountId: id, tokenId: id })),
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
