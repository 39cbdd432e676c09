import { Controller, UseInterceptors, type Type } from '@nestjs/common';
import { Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import {
  organizationPackages,
  ownPackages,
  userPackages,
  type PackageOperations,
} from './package-operations';
import { PackageRoutes } from './package-routes';

type In<K extends keyof PackageOperations> = InputOf<PackageOperations[K]>;

/** Reads of packages of one kind of owner. */
function readsOf(operations: PackageOperations): Type {
  @Controller()
  @UseInterceptors(OperationInterceptor)
  class PackageReadsController {
    constructor(readonly routes: PackageRoutes) {}

    @Operation(operations.list)
    list(@Input() input: In<'list'>): Promise<unknown> {
      return this.routes.list(input);
    }

    @Operation(operations.get)
    get(@Input() input: In<'get'>): Promise<unknown> {
      return this.routes.get(input);
    }

    @Operation(operations.listVersions)
    listVersions(@Input() input: In<'listVersions'>): Promise<unknown> {
      return this.routes.listVersions(input);
    }

    @Operation(operations.getVersion)
    getVersion(@Input() input: In<'getVersion'>): Promise<unknown> {
      return this.routes.getVersion(input);
    }

    @Operation(operations.listConflicts)
    listConflicts(@Input() input: In<'listConflicts'>): Promise<unknown> {
      return this.routes.listConflicts(input);
    }
  }
  return PackageReadsController;
}

/** Deletions and restores of one kind of owner. */
function changesOf(operations: PackageOperations): Type {
  @Controller()
  @UseInterceptors(OperationInterceptor)
  class PackageChangesController {
    constructor(readonly routes: PackageRoutes) {}

    @Operation(operations.remove)
    remove(@Input() input: In<'remove'>): Promise<unknown> {
      return this.routes.remove(input);
    }

    @Operation(operations.restore)
    restore(@Input() input: In<'restore'>): Promise<unknown> {
      return this.routes.restore(input);
    }

    @Operation(operations.removeVersion)
    removeVersion(@Input() input: In<'removeVersion'>): Promise<unknown> {
      return this.routes.removeVersion(input);
    }

    @Operation(operations.restoreVersion)
    restoreVersion(@Input() input: In<'restoreVersion'>): Promise<unknown> {
      return this.routes.restoreVersion(input);
    }
  }
  return PackageChangesController;
}

/** GitHub's 27 routes on packages: nine for each kind of owner. */
export const githubPackageControllers: readonly Type[] = [
  organizationPackages,
  userPackages,
  ownPackages,
].flatMap((operations) => [readsOf(operations), changesOf(operations)]);
