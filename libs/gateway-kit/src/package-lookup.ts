import { Inject, Injectable } from '@nestjs/common';
import {
  authContract,
  type AccountKind,
  factKey,
  metadataContract,
  type AuthClient,
  type MetadataClient,
  type PackageFacts,
} from '@packhouse/contracts';
import { InjectClient, INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import { FactCache } from './fact-cache';

/** The account that a name belongs to. */
export interface Owner {
  readonly id: string;
  readonly login: string;
  readonly kind: AccountKind;
}

/** Owners and packages by name, from memory when warm; absence is remembered too. */
@Injectable()
export class PackageLookup {
  private readonly owners: FactCache<Owner | null>;
  private readonly packages: FactCache<PackageFacts | null>;

  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
  ) {
    this.owners = new FactCache(invalidations, { maxEntries: 20_000 });
    this.packages = new FactCache(invalidations, { maxEntries: 100_000 });
  }

  findOwner(login: string): Owner | null | Promise<Owner | null> {
    const key = login.toLowerCase();
    return this.owners.get(key, async () => {
      const { account } = await this.auth.findAccount({ login });
      const value = account && { id: account.id, login: account.login, kind: account.kind };
      return {
        value,
        keys: account ? [factKey.login(key), factKey.account(account.id)] : [factKey.login(key)],
      };
    });
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
