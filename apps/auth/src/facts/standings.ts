import { Inject, Injectable } from '@nestjs/common';
import { strangerFacts, type CallerFacts, type SubjectFacts } from '@packhouse/access';
import {
  factKey,
  visibility as visibilities,
  type AccessSubject,
  type PackageRole,
  type Principal,
  type Visibility,
} from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { FactCache, type Invalidations, INVALIDATIONS, type ReadFact } from '@packhouse/messaging';
import { AUTH_SCHEMA } from '../persistence/auth.schema';
import { accountStandingQuery, strangerStandingQuery, workflowStandingQuery } from './standing-queries';

/** How a caller stands to an owner, to one of its packages and to one of its repositories. */
export interface Standing {
  readonly caller: Omit<CallerFacts, 'principal'>;
  readonly ownerKind: SubjectFacts['ownerKind'];
  readonly creatable: readonly Visibility[];
  /** Null: there is no repository, or it belongs to another owner. */
  readonly repositoryVisibility: Visibility | null;
  /** Whether packages that are linked when they are made inherit the access of their repository (spec P-15). */
  readonly inheritsByDefault: boolean;
}

interface StandingRow {
  kind: SubjectFacts['ownerKind'];
  organization_role: CallerFacts['organizationRole'];
  enterprise_member: boolean;
  grant_role: PackageRole | null;
  team_rank: number | null;
  repository_rank: number | null;
  repository_visibility: Visibility | null;
  create_public: boolean;
  create_private: boolean;
  create_internal: boolean;
  inherit_by_default: boolean;
}

type Subject = Pick<AccessSubject, 'ownerId' | 'repositoryId' | 'scope' | 'package'>;
type Asker = Pick<Principal, 'accountId' | 'workflow'>;

const roles: ReadonlyArray<PackageRole | null> = [null, 'read', 'write', 'admin'];

/** Of an owner that does not exist. */
const unknownOwner: Standing = {
  caller: strangerFacts,
  ownerKind: 'user',
  creatable: visibilities.options,
  repositoryVisibility: null,
  inheritsByDefault: true,
};

/** Facts for decisions: one query when cold, a look into memory when warm. */
@Injectable()
export class Standings {
  private readonly cache: FactCache<Standing>;

  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
  ) {
    this.cache = new FactCache(invalidations, { max: 50_000 });
  }

  find(asker: Asker | null, subject: Subject): Standing | Promise<Standing> {
    // To strangers only what is public is open, whoever owns it; a repository may decide what that is.
    if (asker === null && subject.scope === 'owner') return unknownOwner;
    const name = nameOf(asker, subject);
    return this.cache.peek(name) ?? this.load(name, asker, subject);
  }

  private async load(name: string, asker: Asker | null, subject: Subject): Promise<Standing> {
    return (await this.cache.find(name, () => this.read(asker, subject))) ?? unknownOwner;
  }

  private async read(asker: Asker | null, subject: Subject): Promise<ReadFact<Standing> | null> {
    const [row] = await this.query(asker, subject);
    if (!row) return null;
    const creatable = visibilities.options.filter((visibility) => row[`create_${visibility}`]);
    const caller = {
      isOwner: asker?.workflow === null && asker.accountId === subject.ownerId,
      organizationRole: row.organization_role,
      enterpriseMember: row.enterprise_member,
      grant: row.grant_role,
      teamGrant: roles[row.team_rank ?? 0] ?? null,
      repositoryRole: roles[row.repository_rank ?? 0] ?? null,
    };
    const { kind: ownerKind, repository_visibility: repositoryVisibility } = row;
    const inheritsByDefault = row.inherit_by_default;
    const value = { caller, ownerKind, creatable, repositoryVisibility, inheritsByDefault };
    return { value, keys: keysOf(asker, subject) };
  }

  private query(
    asker: Asker | null,
    { ownerId, repositoryId, package: of }: Subject,
  ): Promise<StandingRow[]> {
    const packageId = of?.id ?? null;
    if (asker === null)
      return this.database.query(strangerStandingQuery, [null, ownerId, null, repositoryId], 'auth-stranger');
    const { workflow } = asker;
    if (workflow === null) {
      const values = [asker.accountId, ownerId, packageId, repositoryId];
      return this.database.query(accountStandingQuery, values, 'auth-standing');
    }
    const values = [workflow.ownerId, ownerId, packageId, repositoryId, workflow.repositoryId];
    return this.database.query(workflowStandingQuery, values, 'auth-workflow-standing');
  }
}

function nameOf(asker: Asker | null, { ownerId, repositoryId, package: of }: Subject): string {
  const workflow = asker?.workflow;
  const who = workflow ? `${workflow.ownerId}/${workflow.repositoryId}` : (asker?.accountId ?? '');
  return `${who} ${ownerId} ${of?.id ?? ''} ${repositoryId ?? ''}`;
}

/** What all this rests on; teams, policies and the enterprise of an organization are announced as its account. */
function keysOf(asker: Asker | null, { ownerId, repositoryId, package: of }: Subject): string[] {
  const keys = [factKey.account(ownerId)];
  if (asker) keys.push(factKey.account(asker.workflow?.ownerId ?? asker.accountId));
  if (of) keys.push(factKey.packageAccess(of.id));
  if (repositoryId !== null) keys.push(factKey.repository(repositoryId));
  if (asker?.workflow?.repositoryId) keys.push(factKey.repository(asker.workflow.repositoryId));
  return [...new Set(keys)];
}
