import { Inject, Injectable } from '@nestjs/common';
import type { PackageFacts } from '@packhouse/contracts';
import { PackageAccess, type Caller, type KnownOwner, type PackageName } from '@packhouse/gateway-kit';
import { isDomainError, type DomainError } from '@packhouse/kernel';
import { REGISTRY_PRODUCT, type RegistryName, type RegistryProduct } from '../product';
import { RegistryNames } from './registry-names';
import type { AskedScopes, RegistryAction } from './scope-grammar';
import type { AccessEntry } from './token-claims';

/** Where a request works: a package, or a free name to which the caller may push (`facts: null`). */
export interface RegistryPlace {
  readonly name: PackageName;
  readonly owner: KnownOwner;
  readonly facts: PackageFacts | null;
}

/** What a token may say of what was asked for. */
export interface Grants {
  readonly access: AccessEntry[];
  readonly refused: string[];
}

/** Texts of names in one token: with everything around them it stays below 5 kB, which every client can send. */
const MAX_ACCESS_LENGTH = 3000;
const MAX_REFUSED_LENGTH = 400;

/** Who may do what with which name, as the permission service decides it now. */
@Injectable()
export class RegistryAccess {
  constructor(
    @Inject(REGISTRY_PRODUCT) private readonly product: RegistryProduct,
    private readonly packages: PackageAccess,
    private readonly names: RegistryNames,
  ) {}

  /**
   * Rejects as the decision says, and with the same words for a hidden package and for a free name. Who may push may
   * pull or delete, a name too at which there is nothing yet. `readThrough`: where there is nothing, the package of the
   * product that this one reads through to.
   */
  async open(
    caller: Caller,
    registryName: RegistryName,
    action: RegistryAction,
    { readThrough = false }: { readonly readThrough?: boolean } = {},
  ): Promise<RegistryPlace> {
    const name = await this.names.resolve(registryName);
    if (action === 'push') return { name, ...(await this.openForPush(caller, name)) };
    try {
      return { name, ...(await this.find(caller, action === 'delete' ? 'delete' : 'read', name)) };
    } catch (refusal) {
      if (!isRefusal(refusal)) throw refusal;
      const other = readThrough && action === 'pull' ? await this.findElsewhere(caller, registryName) : null;
      return other ?? (await this.openFree(caller, name, refusal));
    }
  }

  /** The package of the same name in the product that took this one over; null where the caller may not read any. */
  private async findElsewhere(caller: Caller, name: RegistryName): Promise<RegistryPlace | null> {
    const { readsThrough } = this.product;
    if (readsThrough === null) return null;
    try {
      return { name, ...(await this.packages.find(readsThrough, caller, 'read', name)) };
    } catch (error) {
      if (isRefusal(error)) return null;
      throw error;
    }
  }

  /**
   * A name at which there is nothing is open to who may push to it, also to drop what was uploaded there; to everybody
   * else the refusal stands.
   */
  private async openFree(caller: Caller, name: PackageName, refusal: DomainError): Promise<RegistryPlace> {
    if (!caller.principal) throw refusal;
    const opened = await this.openForPush(caller, name).catch((error: unknown) => {
      throw isRefusal(error) ? refusal : error;
    });
    // What is there by now is not opened with the right to another thing.
    if (opened.facts) throw refusal;
    return { name, ...opened };
  }

  /** A package that the caller may read, if that is known without asking. */
  recall(caller: Caller, name: RegistryName): RegistryPlace | null {
    const opened = this.packages.recall(this.product.format, caller, name);
    return opened && { name, ...opened };
  }

  /** What is granted of what was asked for: the intersection with what the caller may do. `host` may stand before names. */
  async grant(caller: Caller, asked: AskedScopes, host: string): Promise<Grants> {
    const answers = await Promise.all(
      [...asked.repositories].map(async ([asName, actions]) => {
        const own = asName.startsWith(`${host}/`) ? asName.slice(host.length + 1) : asName;
        const name = this.product.readName(own);
        if (!name) return null;
        return { name: own, asked: actions, granted: await this.grantOf(caller, name, actions) };
      }),
    );
    const known = answers.filter((answer) => answer !== null);
    const access: AccessEntry[] = known
      .filter(({ granted }) => granted.length > 0)
      .map(({ name, granted }) => ({ type: 'repository', name, actions: granted }));
    if (asked.catalog && caller.principal) access.push({ type: 'registry', name: 'catalog', actions: ['*'] });
    const refused = known
      .filter((answer) => answer.granted.length < answer.asked.size)
      .map(({ name }) => name);
    return { access: bounded(access, MAX_ACCESS_LENGTH), refused: bounded(refused, MAX_REFUSED_LENGTH) };
  }

  private async grantOf(
    caller: Caller,
    name: RegistryName,
    asked: ReadonlySet<RegistryAction>,
  ): Promise<RegistryAction[]> {
    const mayPush = asked.has('push') && (await this.may(caller, name, 'push'));
    const mayPull = asked.has('pull') && (mayPush || (await this.may(caller, name, 'pull')));
    const mayDelete = asked.has('delete') && (await this.may(caller, name, 'delete'));
    return [
      ...(mayPull ? (['pull'] as const) : []),
      ...(mayPush ? (['push'] as const) : []),
      ...(mayDelete ? (['delete'] as const) : []),
    ];
  }

  private may(caller: Caller, name: RegistryName, action: RegistryAction): Promise<boolean> {
    return this.open(caller, name, action, { readThrough: true }).then(
      () => true,
      (error: unknown) => {
        if (isRefusal(error)) return false;
        throw error;
      },
    );
  }

  private find(caller: Caller, action: 'read' | 'delete', name: PackageName) {
    return this.packages.find(this.product.format, caller, action, name);
  }

  private openForPush(caller: Caller, name: PackageName) {
    return this.packages.openForPublish(this.product.format, caller, name);
  }
}

const refusals = ['unauthenticated', 'credentials_invalid', 'not_found', 'forbidden'] as const;

/** A decision against the caller, and not a failure of the server. */
export function isRefusal(error: unknown): error is DomainError {
  return refusals.some((code) => isDomainError(error, code));
}

/** The first items that fit: the most important scope is asked for first. */
function bounded<T>(items: readonly T[], maxLength: number): T[] {
  let length = 0;
  return items.filter((item) => (length += JSON.stringify(item).length) <= maxLength);
}
