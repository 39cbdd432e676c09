import { Inject, Injectable } from '@nestjs/common';
import {
  authContract,
  type AccountKind,
  factKey,
  metadataContract,
  type Account,
  type AuditedReads,
  type AuthClient,
  type MetadataClient,
  type PackageFacts,
} from '@packhouse/contracts';
import { Settings } from '@packhouse/config';
import { FactCache, InjectClient, INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import { widerReads } from './read-recorder';

/** The account that a name belongs to. */
export interface Owner {
  readonly id: string;
  readonly login: string;
  readonly kind: AccountKind;
}

/** An owner as gateways know it. */
export interface KnownOwner extends Owner {
  /** Which reads of its packages the audit log keeps. */
  readonly auditReads: AuditedReads;
}

/** Owners and packages by name, from memory when warm; absence is remembered too. */
@Injectable()
export class PackageLookup {
  private readonly owners: FactCache<KnownOwner | null>;
  private readonly packages: FactCache<PackageFacts | null>;

  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
    private readonly settings: Settings,
  ) {
    this.owners = new FactCache(invalidations, { max: 20_000 });
    this.packages = new FactCache(invalidations, { max: 100_000 });
  }

  findOwner(login: string): KnownOwner | null | Promise<KnownOwner | null> {
    const key = login.toLowerCase();
    return this.owners.get(key, async () => {
      const { account } = await this.auth.findAccount({ login });
      if (!account) return { value: null, keys: [factKey.login(key)] };
      const { id, login: written, kind } = account;
      const value = { id, login: written, kind, auditReads: await this.findAuditedReads(account) };
      return { value, keys: [factKey.login(key), factKey.account(id)] };
    });
  }

  /** An owner and its package if both are in memory and there. */
  recall(
    format: string,
    ownerLogin: string,
    nameKey: string,
  ): { owner: KnownOwner; facts: PackageFacts } | null {
    const owner = this.owners.peek(ownerLogin.toLowerCase());
    const facts = owner && this.packages.peek(factKey.packageName(format, owner.id, nameKey));
    return owner && facts ? { owner, facts } : null;
  }

  private async findAuditedReads({ id, kind }: Account): Promise<AuditedReads> {
    const { reads } = this.settings.values.readAudit;
    if (kind !== 'organization' || reads === 'all') return reads;
    const { policy } = await this.auth.getOrganizationPolicy({ organizationId: id });
    return widerReads(reads, policy.auditReads);
  }

  findPackage(
    format: string,
    ownerId: string,
    nameKey: string,
  ): PackageFacts | null | Promise<PackageFacts | null> {
    const key = factKey.packageName(format, ownerId, nameKey);
    return this.packages.get(key, async () => {
      const { package: facts } = await this.metadata.findPackage({ format, ownerId, nameKey });
      return { value: facts, keys: [key] };
    });
  }
}
