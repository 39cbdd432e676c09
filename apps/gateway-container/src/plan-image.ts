import { Injectable } from '@nestjs/common';
import { authContract, type AuthClient } from '@packhouse/contracts';
import { InjectClient, subjectOf, type PackageName, type PublicationPlace } from '@packhouse/gateway-kit';
import { repositoryOfSource, type NamedRepository } from './codec/source-link';
import type { PushPlace } from './images';
import { RegistryNames } from './token/registry-names';

type NewPackagePlan = Awaited<ReturnType<AuthClient['planNewPackage']>>;

/** Its link and its access stay as they are; a new package has none. */
const asItIs: NewPackagePlan = { repositoryId: null, inheritsAccess: false, visibility: null, notice: null };

/**
 * What a package will be that is made by a push. A push of several manifests makes it with the first of them, often one
 * that names no repository: until one is tagged, those that follow may link it as well.
 */
@Injectable()
export class PlanImage {
  constructor(
    private readonly names: RegistryNames,
    @InjectClient(authContract) private readonly auth: AuthClient,
  ) {}

  nameOf({ name }: PushPlace): Promise<PackageName> {
    return this.names.resolve(name);
  }

  /** `source` is the label that names a repository; it counts when the pusher may write there and it is of this instance. */
  async plan(
    { caller }: PushPlace,
    { place, name }: { readonly place: PublicationPlace; readonly name: PackageName },
    { source, isTagged, host }: { source: string | null; isTagged: boolean; host: string },
  ): Promise<NewPackagePlan> {
    const repository = repositoryOfSource(source, host);
    const { owner, facts } = place;
    if (facts === null) return this.planNew(caller, owner.id, name, repository);
    // A part links what is not linked yet; what is tagged first speaks for the package, and decides.
    const isOpen = facts.linkOpen && (isTagged || facts.repositoryId === null);
    if (!isOpen || repository === null) return asItIs;
    const existing = subjectOf(owner, facts);
    return this.auth.planNewPackage({ principal: caller.principal, ownerId: owner.id, repository, existing });
  }

  /** Linked to the repository that it belongs to, or that the label names, or to a workflow's own. */
  private async planNew(
    { principal }: PushPlace['caller'],
    ownerId: string,
    { ofRepository }: PackageName,
    repository: NamedRepository | null,
  ): Promise<NewPackagePlan> {
    if (ofRepository) return this.planWithin(ofRepository.id);
    if (repository === null && principal.workflow === null) return asItIs;
    return this.auth.planNewPackage({ principal, ownerId, repository });
  }

  /** As visible as the repository, whose access is that of the package. */
  private async planWithin(repositoryId: string | null): Promise<NewPackagePlan> {
    const ids = repositoryId === null ? [] : [repositoryId];
    const [repository] = (await this.auth.getRepositories({ ids })).repositories;
    return { ...asItIs, repositoryId, visibility: repository?.visibility ?? null };
  }
}
