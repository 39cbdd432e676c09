import { Controller, UseInterceptors, type Type } from '@nestjs/common';
import { metadataContract, type Account, type MetadataClient } from '@packhouse/contracts';
import { actorOf, type SignedInCaller } from '@packhouse/gateway-kit';
import { InjectClient } from '@packhouse/messaging';
import { PackageFinder, type WantedPackage } from '../../packages/package-finder';
import { PackageFormats } from '../../packages/package-formats';
import { PackageViews } from '../../packages/package-views';
import type { Answer } from '../../rest/answer';
import { Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { pageOf, pageWindow } from '../../rest/paging';
import {
  organizationPackages,
  ownPackages,
  userPackages,
  type PackageOperations,
  type PlaceParams,
} from './package-operations';

type In<K extends keyof PackageOperations> = InputOf<PackageOperations[K]>;

interface NamedParams extends PlaceParams {
  readonly package_type: string;
  readonly package_name: string;
}

/** The routes of one kind of owner. */
function packagesController(operations: PackageOperations): Type {
  @Controller()
  @UseInterceptors(OperationInterceptor)
  class PackagesController {
    constructor(
      @InjectClient(metadataContract) readonly metadata: MetadataClient,
      readonly finder: PackageFinder,
      readonly formats: PackageFormats,
      readonly views: PackageViews,
    ) {}

    @Operation(operations.list)
    async list(@Input() input: In<'list'>): Promise<Answer> {
      const { params, query, caller, request } = input;
      const window = pageWindow(query);
      const owner = await this.getOwner(params, caller);
      const readable = await this.views.listReadable(caller.principal, owner.id);
      const { total, items } = await this.metadata.listPackagesOf({
        ownerIds: [owner.id],
        formats: await this.formats.ofType(query.package_type),
        visibility: query.visibility ?? null,
        readable,
        ...window,
      });
      return pageOf(input, await this.views.describe(request, owner, items, readable), { total });
    }

    @Operation(operations.get)
    async get(@Input() { params, caller, request }: In<'get'>): Promise<unknown> {
      const { owner, found } = await this.finder.open(caller, await this.wanted(params, caller));
      const readable = await this.views.listReadable(caller.principal, owner.id);
      const [answer] = await this.views.describe(request, owner, [found], readable);
      return answer;
    }

    @Operation(operations.remove)
    async remove(@Input() { params, caller }: In<'remove'>): Promise<void> {
      const { found } = await this.finder.open(caller, await this.wanted(params, caller), 'delete');
      await this.metadata.removePackage({ packageId: found.id, actor: actorOf(caller) });
    }

    @Operation(operations.restore)
    async restore(@Input() { params, caller }: In<'restore'>): Promise<void> {
      const wanted = { ...(await this.wanted(params, caller)), state: 'deleted' as const };
      const { found } = await this.finder.open(caller, wanted, 'admin');
      await this.metadata.restorePackage({ packageId: found.id, actor: actorOf(caller) });
    }

    @Operation(operations.listVersions)
    async listVersions(@Input() input: In<'listVersions'>): Promise<Answer> {
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

    @Operation(operations.getVersion)
    async getVersion(@Input() { params, caller, request }: In<'getVersion'>): Promise<unknown> {
      const opened = await this.finder.open(caller, await this.wanted(params, caller));
      const version = await this.finder.openVersion(opened, params.package_version_id);
      const [answer] = await this.views.describeVersions(request, opened, [version]);
      return answer;
    }

    @Operation(operations.removeVersion)
    async removeVersion(@Input() { params, caller }: In<'removeVersion'>): Promise<void> {
      const opened = await this.finder.open(caller, await this.wanted(params, caller), 'delete');
      const { id } = await this.finder.openVersion(opened, params.package_version_id);
      await this.metadata.removeVersions({
        packageId: opened.found.id,
        versionIds: [id],
        actor: actorOf(caller),
      });
    }

    @Operation(operations.restoreVersion)
    async restoreVersion(@Input() { params, caller }: In<'restoreVersion'>): Promise<void> {
      const opened = await this.finder.open(caller, await this.wanted(params, caller), 'admin');
      const { id } = await this.finder.openVersion(opened, params.package_version_id, 'deleted');
      const packageId = opened.found.id;
      await this.metadata.restoreVersion({ packageId, versionId: id, actor: actorOf(caller) });
    }

    @Operation(operations.listConflicts)
    async listConflicts(@Input() { params, caller }: In<'listConflicts'>): Promise<never[]> {
      await this.getOwner(params, caller);
      return [];
    }

    getOwner({ org, username }: PlaceParams, caller: SignedInCaller): Promise<Account> {
      if (org !== undefined) return this.finder.getOwner(org, ['organization']);
      if (username !== undefined) return this.finder.getOwner(username, ['user', 'bot']);
      return this.finder.getSelf(caller);
    }

    async wanted(params: NamedParams, caller: SignedInCaller): Promise<WantedPackage> {
      return {
        owner: await this.getOwner(params, caller),
        formats: await this.formats.ofType(params.package_type),
        name: params.package_name,
      };
    }
  }
  return PackagesController;
}

export const OrganizationPackagesController = packagesController(organizationPackages);
export const UserPackagesController = packagesController(userPackages);
export const OwnPackagesController = packagesController(ownPackages);
