import { Inject, Injectable } from '@nestjs/common';
import type { PackageFacts } from '@packhouse/contracts';
import type { KnownOwner, SignedInCaller } from '@packhouse/gateway-kit';
import type { FastifyRequest } from 'fastify';
import { registryError } from './codec/registry-error';
import { REGISTRY_PRODUCT, type RegistryName, type RegistryProduct } from './product';
import { placeOf } from './stored-content';
import { isRefusal, RegistryAccess, type RegistryPlace } from './token/registry-access';
import { RegistryCallers, type RegistryCaller } from './token/registry-callers';
import type { RegistryAction } from './token/scope-grammar';

/** Where a request works, with the right to do so: a package, or a name at which there is none yet. */
export interface ImagePlace<C extends RegistryCaller = RegistryCaller> {
  readonly caller: C;
  readonly name: RegistryName;
  readonly owner: KnownOwner;
  readonly facts: PackageFacts | null;
  /** As the ledger of content calls it. */
  readonly place: string;
  /** Whether the caller may push as well, as far as its token says. */
  readonly mayPush: boolean;
}

/** A package that is there. */
export type OpenedImage<C extends RegistryCaller = RegistryCaller> = ImagePlace<C> & {
  readonly facts: PackageFacts;
};

/** A place to which somebody pushes. */
export type PushPlace = ImagePlace<RegistryCaller & SignedInCaller>;

/** A package that somebody may change so. */
export type ChangedImage = OpenedImage<RegistryCaller & SignedInCaller>;

/** Opens images for requests: caller, token and permission in one call. */
@Injectable()
export class Images {
  constructor(
    @Inject(REGISTRY_PRODUCT) private readonly product: RegistryProduct,
    private readonly callers: RegistryCallers,
    private readonly access: RegistryAccess,
  ) {}

  /** @throws DomainError `NAME_INVALID` for a name that no image here can have. */
  readName(text: string): RegistryName {
    const name = this.product.readName(text);
    if (name) return name;
    const parts = this.product.scope === 'owner' ? 'OWNER/IMAGE' : 'OWNER/REPOSITORY/IMAGE';
    throw registryError(
      'NAME_INVALID',
      `Images are named ${parts} in this registry, not "${text.slice(0, 200)}".`,
      {
        name: text.slice(0, 200),
      },
    );
  }

  /** Any good token will do. Never limited: clients that are told to wait begin with this, and some do not wait here. */
  async requireToken(request: FastifyRequest): Promise<void> {
    this.callers.requireSomething(await this.callers.identifyUncounted(request));
  }

  /** For reading; a name to which the caller may push is open to it before there is anything. */
  async openForPull(request: FastifyRequest, text: string): Promise<ImagePlace> {
    const name = this.readName(text);
    const caller = await this.identify(request, name, ['pull']);
    const place = await this.callers.requireAccess(caller, name, ['pull']);
    return this.describe(caller, name, place);
  }

  /** For reading what is there. Rejects `NAME_UNKNOWN`. */
  async openExisting(request: FastifyRequest, text: string): Promise<OpenedImage> {
    return requirePackage(await this.openForPull(request, text));
  }

  /** `from`: a repository from which a blob is to be mounted: challenges name it too, so that one token does for both. */
  async openForPush(request: FastifyRequest, text: string, from: string | null = null): Promise<PushPlace> {
    const name = this.readName(text);
    const source = from === null ? null : this.product.readName(from);
    const also = source ? [{ name: source.repositoryName, actions: ['pull'] as const }] : [];
    const wanted = { name: name.repositoryName, actions: ['pull', 'push'] as const };
    const caller = await this.callers.identify(request, [wanted, ...also]);
    const place = await this.callers.requireAccess(caller, name, ['pull', 'push'], also);
    return this.describe(signedIn(caller), name, place);
  }

  async openForDelete(
    request: FastifyRequest,
    text: string,
  ): Promise<ImagePlace<RegistryCaller & SignedInCaller>> {
    const name = this.readName(text);
    const caller = await this.identify(request, name, ['delete']);
    const place = await this.callers.requireAccess(caller, name, ['delete']);
    return this.describe(signedIn(caller), name, place);
  }

  /**
   * The repository from which a blob is to be mounted; null where the caller may not read it, or it is none. The first
   * time that a token does not say, the challenge names both scopes; a token that was asked in vain is not asked again.
   */
  async openMountSource(target: PushPlace, from: string): Promise<ImagePlace | null> {
    const name = this.product.readName(from);
    if (!name) return null;
    const { caller } = target;
    if (!this.callers.covers(caller, name.repositoryName, ['pull'])) {
      if (this.callers.wasRefused(caller, name.repositoryName)) return null;
      throw this.callers.tooNarrow(caller, [
        { name: target.name.repositoryName, actions: ['pull', 'push'] },
        { name: name.repositoryName, actions: ['pull'] },
      ]);
    }
    try {
      return this.describe(caller, name, await this.access.open(caller, name, 'pull'));
    } catch (error) {
      if (isRefusal(error)) return null;
      throw error;
    }
  }

  private identify(
    request: FastifyRequest,
    name: RegistryName,
    actions: readonly RegistryAction[],
  ): Promise<RegistryCaller> {
    return this.callers.identify(request, [{ name: name.repositoryName, actions }]);
  }

  private describe<C extends RegistryCaller>(
    caller: C,
    name: RegistryName,
    { owner, facts }: RegistryPlace,
  ): ImagePlace<C> {
    return {
      ...{ caller, name, owner, facts },
      place: placeOf(facts?.format ?? this.product.format, owner.id, name.nameKey),
      mayPush: caller.principal !== null && this.callers.covers(caller, name.repositoryName, ['push']),
    };
  }
}

/** Rejects `NAME_UNKNOWN` where there is no package. */
export function requirePackage<C extends RegistryCaller>(place: ImagePlace<C>): OpenedImage<C> {
  const { facts } = place;
  if (facts) return { ...place, facts };
  throw registryError(
    'NAME_UNKNOWN',
    `${place.name.repositoryName} is not in this registry, or you may not see it.`,
    {
      name: place.name.repositoryName,
    },
  );
}

/** Nobody may change anything without an account: the decision said so before. */
function signedIn(caller: RegistryCaller): RegistryCaller & SignedInCaller {
  const { principal } = caller;
  if (!principal) throw new Error('A change was allowed to nobody');
  return { ...caller, principal };
}
