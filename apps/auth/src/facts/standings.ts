import { Inject, Injectable } from '@nestjs/common';
import type { CallerFacts, SubjectFacts } from '@packhouse/access';
import { factKey } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { FactCache, type ReadFact } from './fact-cache';

/** How an account stands to an owner and to one of its packages. */
export type Standing = Omit<CallerFacts, 'principal'> & Pick<SubjectFacts, 'ownerKind'>;

interface StandingRow {
  kind: SubjectFacts['ownerKind'];
  organization_role: CallerFacts['organizationRole'];
  grant_role: CallerFacts['grant'];
}

const standingQuery = `
  SELECT owner.kind, m.role AS organization_role, g.role AS grant_role
  FROM accounts owner
  LEFT JOIN memberships m ON m.organization_id = owner.id AND m.account_id = $1
  LEFT JOIN grants g ON g.package_id = $3 AND g.account_id = $1
  WHERE owner.id = $2`;

/** Facts for decisions: one query when cold, a look into memory when warm. */
@Injectable()
export class Standings {
  private readonly cache: FactCache<Standing>;

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
  ) {
    this.cache = new FactCache(invalidations, { max: 20_000 });
  }

  find(accountId: string, ownerId: string, packageId: string | null): Standing | Promise<Standing> {
    const name = `${accountId} ${ownerId} ${packageId ?? ''}`;
    return this.cache.peek(name) ?? this.load(name, accountId, ownerId, packageId);
  }

  private async load(
    name: string,
    accountId: string,
    ownerId: string,
    packageId: string | null,
  ): Promise<Standing> {
    const found = await this.cache.find(name, () => this.read(accountId, ownerId, packageId));
    return found ?? { isOwner: false, organizationRole: null, grant: null, ownerKind: 'user' };
  }

  private async read(
    accountId: string,
    ownerId: string,
    packageId: string | null,
  ): Promise<ReadFact<Standing> | null> {
    const [row] = await this.database.query<StandingRow>(
      standingQuery,
      [accountId, ownerId, packageId],
      'auth-standing',
    );
    if (!row) return null;
    const keys = [factKey.account(accountId), factKey.account(ownerId)];
    if (packageId !== null) keys.push(factKey.packageAccess(packageId));
    const { kind, organization_role: organizationRole, grant_role: grant } = row;
    return { value: { isOwner: accountId === ownerId, organizationRole, grant, ownerKind: kind }, keys };
  }
}
