import { Injectable } from '@nestjs/common';
import {
  authContract,
  metadataContract,
  type AuthClient,
  type MetadataClient,
  type PackageFacts,
  type VersionRecord,
} from '@packhouse/contracts';
import { InjectClient, type Owner } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { renderPackument } from './codec/packument';
import { isNamed, renameFragment, type FragmentKind } from './codec/fragments';
import { formatRevision } from './revision';
import { SigningKeys } from './signing-keys';

/** How often a listing starts again because the package changed meanwhile. */
const LISTING_ATTEMPTS = 5;

/** Gathers what a packument shows and renders it; called once per package revision. */
@Injectable()
export class PackumentRenderer {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly signingKeys: SigningKeys,
  ) {}

  async render(owner: Owner, found: PackageFacts, kind: FragmentKind, baseUrl: string): Promise<Buffer> {
    const packageId = found.id;
    const [described, versions] = await Promise.all([
      this.metadata.describePackage({ packageId }),
      this.listVersions(packageId, kind),
    ]);
    const { package: facts, tags, properties } = described;
    const [maintainers, stars] =
      kind === 'full'
        ? await Promise.all([this.listMaintainers(owner, packageId, baseUrl), this.namesOf(described.stars)])
        : [[], []];
    return renderPackument({
      kind,
      baseUrl,
      facts,
      tags,
      versions: await this.underName(facts.name, versions),
      properties,
      maintainers,
      stars,
      rev: formatRevision(facts),
    });
  }

  /** Fragments as they are under the package's present name: its owner may have been renamed since (spec P-30). */
  async underName<T extends Pick<VersionRecord, 'fragment'>>(
    name: string,
    versions: readonly T[],
  ): Promise<readonly T[]> {
    const isCurrent = ({ fragment }: T): boolean => fragment === null || isNamed(fragment, name);
    if (versions.every(isCurrent)) return versions;
    const sign = await this.signingKeys.signer();
    return versions.map((version) =>
      version.fragment === null || isCurrent(version)
        ? version
        : { ...version, fragment: renameFragment(version.fragment, name, sign) },
    );
  }

  /** Every version with its fragment, all true at one revision. */
  private async listVersions(packageId: string, fragmentKind: FragmentKind): Promise<VersionRecord[]> {
    for (let attempt = 0; attempt < LISTING_ATTEMPTS; attempt += 1) {
      const versions: VersionRecord[] = [];
      let cursor: string | null = null;
      let revision: number | null = null;
      let isSame = true;
      do {
        const page: Awaited<ReturnType<MetadataClient['listVersions']>> = await this.metadata.listVersions({
          packageId,
          fragmentKind,
          cursor,
        });
        isSame = revision === null || revision === page.revision;
        revision = page.revision;
        versions.push(...page.items);
        cursor = page.next;
      } while (cursor !== null && isSame);
      if (isSame) return versions;
    }
    throw new DomainError('unavailable', 'The package changes faster than it can be listed: try again.');
  }

  /** Accounts that may publish. Their addresses are private, so each gets one that goes nowhere. */
  private async listMaintainers(
    owner: Owner,
    packageId: string,
    baseUrl: string,
  ): Promise<{ name: string; email: string }[]> {
    const { grants } = await this.auth.listGrants({ packageId });
    const logins = grants.filter(({ role }) => role !== 'read').map(({ login }) => login);
    if (owner.kind === 'user' && !logins.includes(owner.login)) logins.unshift(owner.login);
    const host = new URL(baseUrl).hostname;
    return logins.map((name) => ({ name, email: `${name}@users.noreply.${host}` }));
  }

  private async namesOf(accountIds: readonly string[]): Promise<string[]> {
    const names: string[] = [];
    for (let start = 0; start < accountIds.length; start += 500) {
      const { accounts } = await this.auth.getAccounts({ ids: accountIds.slice(start, start + 500) });
      names.push(...accounts.map(({ login }) => login));
    }
    return names;
  }
}
