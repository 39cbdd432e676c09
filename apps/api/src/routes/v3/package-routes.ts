import { Injectable } from '@nestjs/common';
import { metadataContract, type Account, type MetadataClient } from '@packhouse/contracts';
import { actorOf, type SignedInCaller } from '@packhouse/gateway-kit';
import { InjectClient } from '@packhouse/messaging';
import { PackageFinder, type WantedPackage } from '../../packages/package-finder';
import { PackageFormats } from '../../packages/package-formats';
import { PackagePages } from '../../packages/package-pages';
import { PackageViews } from '../../packages/package-views';
import type { Answer } from '../../rest/answer';
import type { InputOf } from '../../rest/operation';
import { pageOf, pageWindow } from '../../rest/paging';
import type { PackageOperations, PlaceParams } from './package-operations';

type In<K extends keyof PackageOperations> = InputOf<PackageOperations[K]>;

interface NamedParams extends PlaceParams {
  readonly package_type: string;
  readonly package_name: string;
}

/** What the routes on packages do, the same for every kind of owner. */
@Injectable()
export class PackageRoutes {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly finder: PackageFinder,
    private readonly formats: PackageFormats,
    private readonly views: PackageViews,
    private readonly pages: PackagePages,
  ) {}

  async list(input: In<'list'>): Promise<Answer> {
    const { params, query, caller, request } = input;
    const window = pageWindow(query);
    const owner = await this.getOwner(params, caller);
    const readable = await this.views.listReadable(caller.principal, owner.id);
    const list = {
      ownerIds: [owner.id],
      formats: await this.formats.ofType(query.package_type),
      visibility: query.visibility ?? null,
      readable,
      ...window,
    };
    const { total, page } = await this.pages.read(list, { request, owner, principal: caller.principal });
    return pageOf(input, page, { total });
  }

  async get({ params, caller, request }: In<'get'>): Promise<unknown> {
    const { owner, found } = await this.finder.open(caller, await this.wanted(params, caller));
    const [answer] = await this.views.describe(request, owner, [found], caller.principal);
    return answer;
  }

  async remove({ params, caller }: In<'remove'>): Promise<void> {
    const { found } = await this.finder.open(caller, await this.wanted(params, caller), 'delete');
    await this.metadata.removePackage({ packageId: found.id, actor: actorOf(caller) });
  }

  async restore({ params, caller }: In<'restore'>): Promise<void> {
    const wanted = { ...(await this.wanted(params, caller)), state: 'deleted' as const };
    const { owner, found } = await this.finder.open(caller, wanted, 'admin');
    const ownerLogin = owner.login;
    await this.metadata.restorePackage({ packageId: found.id, ownerLogin, actor: actorOf(caller) });
  }

  async listVersions(input: In<'listVersions'>): Promise<Answer> {
    const { params, query, caller, request } = input;
    const window = pageWindow(query);
    const opened = await this.finder.open(caller, await this.wanted(params, caller));
    const { total, items } = await this.metadata.listVersionsOf({
      packageId: opened.found.id,
      state: query.state,
      ...window,
    });
    return pageOf(input, await this.views.describeVersions(request, opened, items), { total });
  }

  async getVersion({ params, caller, request }: In<'getVersion'>): Promise<unknown> {
    const opened = await this.finder.open(caller, await this.wanted(params, caller));
    const version = await this.finder.openVersion(opened, params.package_version_id);
    const [answer] = await this.views.describeVersions(request, opened, [version]);
    return answer;
  }

  async removeVersion({ params, caller }: In<'removeVersion'>): Promise<void> {
    const opened = await this.finder.open(caller, await this.wanted(params, caller), 'delete');
    const { id } = await this.finder.openVersion(opened, params.package_version_id);
    await this.metadata.removeVersions({
      packageId: opened.found.id,
      versionIds: [id],
      keepParts: true,
      actor: actorOf(caller),
    });
  }

  async restoreVersion({ params, caller }: In<'restoreVersion'>): Promise<void> {
    const opened = await this.finder.open(caller, await this.wanted(params, caller), 'admin');
    const { id } = await this.finder.openVersion(opened, params.package_version_id, 'deleted');
    const packageId = opened.found.id;
    await this.metadata.restoreVersion({ packageId, versionId: id, actor: actorOf(caller) });
  }

  async listConflicts({ params, caller }: In<'listConflicts'>): Promise<never[]> {
    await this.getOwner(params, caller);
    return [];
  }

  private getOwner({ org, username }: PlaceParams, caller: SignedInCaller): Promise<Account> {
    if (org !== undefined) return this.finder.getOwner(org, ['organization']);
    // GitHub takes organizations there too, and its own action asks so for every owner (spec T-4).
    if (username !== undefined) return this.finder.getOwner(username, ['user', 'bot', 'organization']);
    return this.finder.getSelf(caller);
  }

  private async wanted(params: NamedParams, caller: SignedInCaller): Promise<WantedPackage> {
    return {
      owner: await this.getOwner(params, caller),
      formats: await this.formats.ofType(params.package_type),
      name: params.package_name,
    };
  }
}
