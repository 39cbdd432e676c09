import { Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { authEvents } from '@packhouse/contracts';
import { DomainError, newId, type Clock } from '@packhouse/kernel';
import { AuthTransaction, type Change } from '../auth-transaction';
import { InjectClock } from '../clock';
import { getAccountRow } from '../facts/accounts';
import type { Answer, Ask } from '../messages';
import { RepositoryEntity } from '../persistence/account.entities';
import { readIssuerUrl } from './issuer-address';
import { getPublisherRow } from './publisher-rows';

type Terms = Ask<'registerTrustedPublisher'>;

/** An owner can have this many: each exchange looks at those of its issuer. */
const maxPublishers = 500;

/** Registers an outside CI system. Nothing is fetched from the issuer before a token of it comes. */
@Injectable()
export class RegisterTrustedPublisher {
  constructor(
    private readonly transaction: AuthTransaction,
    private readonly settings: Settings,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async run(terms: Terms): Promise<Answer<'registerTrustedPublisher'>> {
    checkIssuer(terms.issuer, this.settings.values.credentials.privateIssuers);
    checkClaims(terms.claims);
    const publisher = await this.transaction.run(async (change) => {
      await checkOwner(change, terms);
      const id = await insert(change, terms, this.clock.now());
      const { ownerId, issuer, role } = terms;
      await change.record(
        authEvents.publisherRegistered,
        { publisherId: id, ownerId, issuer, role },
        terms.actor,
      );
      return getPublisherRow(change.manager, id);
    });
    if (!publisher) throw new DomainError('not_found', 'The trusted publisher was removed meanwhile.');
    return { publisher };
  }
}

function checkIssuer(issuer: string, allowPrivate: boolean): void {
  const { search, hash } = readIssuerUrl(issuer, allowPrivate);
  if (search !== '' || hash !== '')
    throw new DomainError(
      'invalid_request',
      'An issuer is a URL without a query: copy it from the "iss" claim.',
    );
}

/** A public CI system signs tokens for everybody: what tells ours from all others is in the claims. */
function checkClaims(claims: Terms['claims']): void {
  const telling = Object.values(claims).filter((pattern) => pattern.replaceAll('*', '').length >= 3);
  if (telling.length > 0) return;
  throw new DomainError(
    'invalid_request',
    'Say which jobs are trusted: at least one claim, such as "sub", with a value that is not only "*".',
  );
}

async function checkOwner({ manager }: Change, { ownerId, repositoryId }: Terms): Promise<void> {
  const owner = await getAccountRow(manager, ownerId);
  if (owner.kind === 'bot') throw new DomainError('not_found', 'There is no such account.');
  // One registration at a time, so that the number of them holds.
  await manager.query('SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [ownerId]);
  const [{ count } = { count: 0 }] = await manager.query<Array<{ count: number }>>(
    'SELECT count(*)::int AS count FROM trusted_publishers WHERE owner_id = $1',
    [ownerId],
  );
  if (count >= maxPublishers)
    throw new DomainError(
      'invalid_request',
      `"${owner.login}" has ${maxPublishers} trusted publishers, which is the most: remove some first.`,
    );
  if (repositoryId !== null && !(await manager.existsBy(RepositoryEntity, { id: repositoryId, ownerId })))
    throw new DomainError('not_found', `"${owner.login}" has no such repository.`);
}

async function insert({ manager }: Change, terms: Terms, now: Date): Promise<string> {
  const id = newId(now.getTime());
  await manager.query(
    `INSERT INTO trusted_publishers
       (id, owner_id, repository_id, package_name, format, issuer, audience, claims, role, created_at, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, (SELECT id FROM accounts WHERE id = $11))`,
    [
      ...[id, terms.ownerId, terms.repositoryId, terms.packageName, terms.format, terms.issuer],
      ...[terms.audience, terms.claims, terms.role, now, terms.actor.accountId],
    ],
  );
  return id;
}
