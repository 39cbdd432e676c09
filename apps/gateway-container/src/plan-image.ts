import { Injectable } from '@nestjs/common';
import { authContract, type AuthClient } from '@packhouse/contracts';
import { InjectClient, type PackageName } from '@packhouse/gateway-kit';
import { repositoryOfSource } from './codec/source-link';
import type { PushPlace } from './images';
import { RegistryNames } from './token/registry-names';

type NewPackagePlan = Awaited<ReturnType<AuthClient['planNewPackage']>>;

/** Of a package that exists: its link and its access stay as they are. */
const notNew: NewPackagePlan = { repositoryId: null, inheritsAccess: false, visibility: null, notice: null };

/** What a package will be that is made by a push. */
@Injectable()
export class PlanImage {
  constructor(
    private readonly names: RegistryNames,
    @InjectClient(authContract) private readonly auth: AuthClient,
  ) {}

  /** `source` is the label that names a repository; it counts when the pusher may write there and it is of this instance. */
  async plan(
    opened: PushPlace,
    source: string | null,
    host: string,
  ): Promise<{ readonly name: PackageName; readonly plan: NewPackagePlan }> {
    const name = await this.names.resolve(opened.name);
    return { name, plan: opened.facts ? notNew : await this.planNew(opened, name, source, host) };
  }

  /** Linked to the repository that it belongs to, or that the label names, or to a workflow's own. */
  private async planNew(
    { caller, owner }: PushPlace,
    { ofRepository }: PackageName,
    source: string | null,
    host: string,
  ): Promise<NewPackagePlan> {
    if (ofRepository) return this.planWithin(ofRepository.id);
    const repository = repositoryOfSource(source, host);
    if (repository === null && caller.principal.workflow === null) return notNew;
    return this.auth.planNewPackage({ principal: caller.principal, ownerId: owner.id, repository });
  }

  /** As visible as the repository, whose access is that of the package. */
  private async planWithin(repositoryId: string | null): Promise<NewPackagePlan> {
    const ids = repositoryId === null ? [] : [repositoryId];
    const [repository] = (await this.auth.getRepositories({ ids })).repositories;
    return { ...notNew, repositoryId, visibility: repository?.visibility ?? null };
  }
}
