import { z } from 'zod';
import { accountKind, tokenKind, tokenLimits, tokenScope, workflowIdentity } from './auth.schemas';
import { id, isoTime, packageRole } from './common';
import { defineEvent } from './define-contract';

const publisherRef = z.object({ publisherId: id, ownerId: id, issuer: z.string() });
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
} as const;
