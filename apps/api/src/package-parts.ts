import { PackageFinder } from './packages/package-finder';
import { PackageFormats } from './packages/package-formats';
import { LinkedRepositories } from './packages/linked-repositories';
import { PackagePages } from './packages/package-pages';
import { PackageViews } from './packages/package-views';
import { OwnPackages } from './routes/packages/own-packages';
import { PackageAccessController } from './routes/packages/package-access.controller';
import { PackageImpactController } from './routes/packages/package-impact.controller';
import { PackageSettingsController } from './routes/packages/package-settings.controller';
import { PackageVersionsController } from './routes/packages/package-versions.controller';
import { ReservedVersionsController } from './routes/packages/reserved-versions.controller';
import { PackageRoutes } from './routes/v3/package-routes';
import { githubPackageControllers } from './routes/v3/packages.controller';

/** The routes on packages. */
export const packageControllers = [
  ...githubPackageControllers,
  PackageSettingsController,
  PackageVersionsController,
  PackageAccessController,
  PackageImpactController,
  ReservedVersionsController,
];

/** What they share. */
export const packageProviders = [
  LinkedRepositories,
  PackageFinder,
  PackageFormats,
  PackageViews,
  PackagePages,
  PackageRoutes,
  OwnPackages,
];
