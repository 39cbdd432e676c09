import { Module } from '@nestjs/common';
import { GatewayKitModule } from '@packhouse/gateway-kit';
import { NpmCallers } from './npm-callers';
import { NpmPackages } from './npm-packages';
import { PackageChanges } from './package-changes';
import { PackumentRenderer } from './packument-renderer';
import { PublishPackage } from './publish-package';
import { AccessController } from './routes/access.controller';
import { DistTagsController } from './routes/dist-tags.controller';
import { DownloadsController } from './routes/downloads.controller';
import { LoginController } from './routes/login.controller';
import { OrganizationsController } from './routes/organizations.controller';
import { PackumentController } from './routes/packument.controller';
import { ProfileController } from './routes/profile.controller';
import { PublishController } from './routes/publish.controller';
import { RegistryController } from './routes/registry.controller';
import { RevisionController } from './routes/revision.controller';
import { SearchController } from './routes/search.controller';
import { SecurityController } from './routes/security.controller';
import { StageController } from './routes/stage.controller';
import { StarsController } from './routes/stars.controller';
import { TarballController } from './routes/tarball.controller';
import { TokensController } from './routes/tokens.controller';
import { TrustedPublishingController } from './routes/trusted-publishing.controller';
import { WarmPackuments } from './routes/warm-packuments';
import { SigningKeys } from './signing-keys';

@Module({
  imports: [GatewayKitModule],
  controllers: [
    AccessController,
    DistTagsController,
    DownloadsController,
    LoginController,
    OrganizationsController,
    PackumentController,
    ProfileController,
    PublishController,
    RevisionController,
    SearchController,
    SecurityController,
    StageController,
    StarsController,
    TarballController,
    TokensController,
    TrustedPublishingController,
    RegistryController,
  ],
  providers: [
    NpmCallers,
    NpmPackages,
    PackageChanges,
    PackumentRenderer,
    PublishPackage,
    SigningKeys,
    WarmPackuments,
  ],
})
export class NpmModule {}
