import { Inject, Injectable } from '@nestjs/common';
import { authEvents, factKey, type OrganizationPolicy } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { AuthTransaction } from '../auth-transaction';
import { lockMembers } from '../facts/memberships';
import { defaultPolicy, policyQuery } from '../facts/policies';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** What an organization lets its members do, read and set as one. */
@Injectable()
export class OrganizationPolicies {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    private readonly transaction: AuthTransaction,
  ) {}

  async get({ organizationId }: Ask<'getOrganizationPolicy'>): Promise<Answer<'getOrganizationPolicy'>> {
    const [policy] = await this.database.query<OrganizationPolicy>(policyQuery, [organizationId]);
    return { policy: policy ?? defaultPolicy };
  }

  async set({
    organizationId,
    policy: changes,
    actor,
  }: Ask<'setOrganizationPolicy'>): Promise<Answer<'setOrganizationPolicy'>> {
    const policy = await this.transaction.run(async (change) => {
      const { manager } = change;
      await lockMembers(manager, organizationId);
      const [before = defaultPolicy] = await manager.query<OrganizationPolicy[]>(policyQuery, [
        organizationId,
      ]);
      const after: OrganizationPolicy = { ...before, ...withoutGaps(changes) };
      await manager.query(
        `INSERT INTO organization_policies
           (organization_id, base_role, create_public, create_private, create_internal, inherit_by_default,
            audit_reads)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (organization_id) DO UPDATE SET base_role = EXCLUDED.base_role,
           create_public = EXCLUDED.create_public, create_private = EXCLUDED.create_private,
           create_internal = EXCLUDED.create_internal, inherit_by_default = EXCLUDED.inherit_by_default,
           audit_reads = EXCLUDED.audit_reads`,
        [
          ...[organizationId, after.baseRole, after.createPublic, after.createPrivate],
          ...[after.createInternal, after.inheritByDefault, after.auditReads],
        ],
      );
      await change.record(authEvents.organizationPolicyChanged, { organizationId, policy: after }, actor);
      change.forget(factKey.account(organizationId));
      return after;
    });
    return { policy };
  }
}

/** A field that is there without a value is not given. */
function withoutGaps(changes: Partial<OrganizationPolicy>): Partial<OrganizationPolicy> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}
