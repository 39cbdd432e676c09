import { PackageFinder } from './packages/package-finder';
import { PackageFormats } from './packages/package-formats';
import { PackageViews } from './packages/package-views';
import {
  OrganizationPackagesController,
  OwnPackagesController,
  UserPackagesController,
} from './routes/v3/packages.controller';

/** The routes on packages. */
export const packageControllers = [
  OrganizationPackagesController,
  UserPackagesController,
  OwnPackagesController,
];

/** What they share. */
export const packageProviders = [PackageFinder, PackageFormats, PackageViews];
