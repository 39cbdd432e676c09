import { Inject, Injectable } from '@nestjs/common';
import {
  authContract,
  factKey,
  metadataContract,
  type Account,
  type AuthClient,
  type MetadataClient,
  type PackageAction,
  type PackageSummary,
  type VersionSummary,
} from '@packhouse/contracts';
import { AccessCheck, FactCache, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient, INVALIDATIONS, type Invalidations } from '@packhouse/messaging';
import { PackageFormats } from './package-formats';

/** A package as a request names it. */
export interface WantedPackage {
  readonly owner: Account;
  readonly formats: readonly string[];
  readonly name: string;
  readonly state?: 'active' | 'deleted';
}

/** A package that the caller may use as asked. */
export interface FoundPackage {
  readonly owner: Account;
  readonly found: PackageSummary;
}

/** Finds what requests are about, and makes sure of the right without giving existence away. */
@Injectable()
export class PackageFinder {
  private readonly accounts: FactCache<Account | null>;

  constructor(
    @InjectClient(authContract) private readonly auth: AuthClient,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @Inject(INVALIDATIONS) invalidations: Invalidations,
    private readonly access: AccessCheck,
    private readonly formats: PackageFormats,
  ) {
    this.accounts = new FactCache(invalidations, { max: 10_000 });
  }

  /** An account of one of the kinds. Rejects `not_found`. */
  async getOwner(login: string, kinds: readonly Account['kind'][]): Promise<Account> {
    const account = await this.accounts.get(login.toLowerCase(), async () => {
      const { account: value } = await this.auth.findAccount({ login });
      return { value, keys: [factKey.login(login), ...(value ? [factKey.account(value.id)] : [])] };
    });
    if (!account || !kinds.includes(account.kind)) throw new DomainError('not_found');
    return account;
  }

  /** Whom `/user` is about: a workflow is nobody's account. */
  async getSelf({ principal }: SignedInCaller): Promise<Account> {
    if (principal.workflow)
      throw new DomainError('forbidden', 'Resource not accessible by integration: a workflow is no account.');
    return this.getOwner(principal.login, ['user', 'bot']);
  }

  /** Rejects `not_found` for what is absent or not readable, `forbidden` for what is only readable. */
  async open(
    caller: SignedInCaller,
    wanted: WantedPackage,
    ...actions: PackageAction[]
  ): Promise<FoundPackage> {
    const { owner, formats, state = 'active' } = wanted;
    // Before anybody knows whether it is there: a token's patterns are about whole names, hidden ones and free ones alike.
    const name = await this.formats.wholeName(formats[0], owner.login, wanted.name);
    const { package: found } = await this.metadata.findPackageByApiName({
      ownerId: owner.id,
      formats: [...formats],
      name: wanted.name.slice(0, 1024),
      state,
    });
    if (!found) {
      const [format] = formats;
      if (format) await this.access.requireUnseen(caller, 'read', { format, owner, name });
      throw new DomainError('not_found', 'Package not found.');
    }
    for (const action of ['read', ...actions] as const)
      await this.access.require(caller, action, owner, found, { name });
    return { owner, found };
  }

  /** A version of an opened package by the number that GitHub's API shows. Rejects `not_found`. */
  async openVersion(
    { found }: FoundPackage,
    number: number,
    state: 'active' | 'deleted' = 'active',
  ): Promise<VersionSummary> {
    const { version } = await this.metadata.findVersionByNumber({ number, packageId: found.id, state });
    if (!version) throw new DomainError('not_found', 'Package version not found.');
    return version;
  }
}
