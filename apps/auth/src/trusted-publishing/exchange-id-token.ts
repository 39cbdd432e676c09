import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import {
  authEvents,
  workflowAccount,
  type Actor,
  type PackageAction,
  type PackageRole,
  type TokenLimits,
} from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError, loginKey, MINUTE, type Clock } from '@packhouse/kernel';
import { AuthTransaction, type Change } from '../auth-transaction';
import { InjectClock } from '../clock';
import { workflowSuspended } from '../facts/suspensions';
import { insertToken, type CreatedToken } from '../facts/tokens';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { cleanLine } from '../plain-text';
import { choosePublisher, nobody, type Candidate } from './choose-publisher';
import { IdTokens, type VerifiedIdToken } from './id-tokens';
import { findCandidates, isRegisteredIssuer } from './publisher-rows';

const actionsOf: Readonly<Record<PackageRole, PackageAction[]>> = {
  read: ['read'],
  write: ['read', 'write'],
  admin: ['read', 'write', 'delete', 'admin'],
};

/** Gives a short-lived workflow token for the ID token of a CI job that an owner trusts. */
@Injectable()
export class ExchangeIdToken {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    private readonly transaction: AuthTransaction,
    private readonly idTokens: IdTokens,
    private readonly settings: Settings,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(request: Ask<'exchangeIdToken'>): Promise<Answer<'exchangeIdToken'>> {
    const issuer = this.idTokens.readIssuer(request.idToken);
    // An issuer that nobody registered is never contacted: anybody can write anything into a token.
    if (!(await isRegisteredIssuer(this.database, issuer))) throw nobody(issuer, request);
    const idToken = await this.idTokens.verify(request.idToken, issuer);
    const candidates = await findCandidates(this.database, loginKey(request.ownerLogin), issuer);
    const publisher = choosePublisher(candidates, idToken, request);
    if (publisher.suspendedOwner !== null) throw workflowSuspended(publisher.suspendedOwner);
    const created = await this.transaction.run((change) => this.give(change, publisher, idToken, request));
    return { ...created, publisherId: publisher.id };
  }

  private async give(
    change: Change,
    publisher: Candidate,
    idToken: VerifiedIdToken,
    request: Ask<'exchangeIdToken'>,
  ): Promise<CreatedToken> {
    const now = this.clock.now();
    await refuseReplay(change, idToken);
    await notePublisherUse(change, publisher, now);
    const { ownerId, repositoryId, role } = publisher;
    const { address, requestId } = request;
    const actor: Actor = { ...actAs, address, requestId };
    const subject = typeof idToken.claims.sub === 'string' ? cleanLine(idToken.claims.sub, 150) : null;
    const minutes = this.settings.values.credentials.workflowTokenMinutes;
    const created = await insertToken(
      change,
      {
        ...{ accountId: workflowAccount.id, name: `trusted publishing ${subject ?? ''}`.trim(), scopes: [] },
        ...{ limits: limitsOf(publisher, request), workflow: { ownerId, repositoryId, role } },
        ...{ expiresAt: new Date(now.getTime() + minutes * MINUTE), actor, publisherId: publisher.id },
      },
      now,
    );
    const { issuer } = idToken;
    const used = { publisherId: publisher.id, ownerId, issuer, subject, tokenId: created.info.id };
    await change.record(authEvents.publisherUsed, used, actor);
    return created;
  }
}

const actAs = { accountId: workflowAccount.id, login: workflowAccount.login, tokenId: null };

/** No wider than what was registered, and no wider than what was asked for. */
function limitsOf(publisher: Candidate, request: Ask<'exchangeIdToken'>): TokenLimits | null {
  const { ownerId, repositoryId, packageName, role } = publisher;
  const name = request.packageName ?? packageName;
  if (name === null && publisher.format === null && repositoryId !== null) return null;
  const format = request.format ?? publisher.format ?? undefined;
  return { ownerId, packages: name === null ? null : [name], actions: actionsOf[role], format };
}

async function refuseReplay({ manager }: Change, { replayKey, expiresAt }: VerifiedIdToken): Promise<void> {
  const written = await manager.query<unknown[]>(
    'INSERT INTO used_id_tokens (key, expires_at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING RETURNING key',
    [replayKey, expiresAt],
  );
  if (written.length > 0) return;
  throw new DomainError(
    'credentials_invalid',
    'This ID token was exchanged before, and each passes once: ask the CI system for a fresh one.',
  );
}

/** The row stays locked until the token is written: a removal that comes meanwhile revokes it. */
async function notePublisherUse({ manager }: Change, { id }: Candidate, now: Date): Promise<void> {
  const [noted] = await manager.query<[unknown[], number]>(
    'UPDATE trusted_publishers SET last_used_at = $2 WHERE id = $1 RETURNING id',
    [id, now],
  );
  if (noted.length === 0) throw new DomainError('forbidden', 'The trusted publisher was removed meanwhile.');
}
