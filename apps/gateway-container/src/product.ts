import type { PackageScope } from '@packhouse/contracts';
import type { PackageName } from '@packhouse/gateway-kit';

/** A package as a repository name of the protocol stands for it. */
export interface RegistryName extends PackageName {
  /** Whole, as clients write it: `acme/app`. */
  readonly repositoryName: string;
  /** The repository that the package belongs to, where packages belong to repositories. */
  readonly codeRepository: string | null;
}

/** What differs between the registries that this gateway serves: they speak one protocol. */
export interface RegistryProduct {
  /** Id of the format. */
  readonly format: string;
  /** Path below which it is served; a host name of its own stands for the same path. */
  readonly mount: string;
  /** First labels of its own host names. */
  readonly hosts: readonly string[];
  readonly scope: PackageScope;
  /** The format whose packages of the same name are read where this one has none; null: none. */
  readonly readsThrough: string | null;
  /** Null for what cannot be the name of a package here. */
  readName(repositoryName: string): RegistryName | null;
}

/** Injection token of the product that a module serves. */
export const REGISTRY_PRODUCT = Symbol('RegistryProduct');

/** Injection token of its format. */
export const REGISTRY_FORMAT = Symbol('RegistryFormat');
