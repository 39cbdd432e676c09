import { Module } from '@nestjs/common';
import { GatewayKitModule } from '@packhouse/gateway-kit';
import { ApiCallers } from './api-callers';
import { GraphqlModule } from './graphql/graphql.module';
import { ConfirmController } from './pages/confirm.controller';
import { HomeController } from './pages/home.controller';
import { PackageFinder } from './packages/package-finder';
import { PackageFormats } from './packages/package-formats';
import { PackageViews } from './packages/package-views';
import { SessionsPageController } from './pages/sessions-page.controller';
import { SignInController } from './pages/sign-in.controller';
import { RateLimits } from './rest/rate-limits';
import { credentialControllers } from './routes/credentials/credential.controllers';
import { InstanceController } from './routes/instance.controller';
import { OpenApiController } from './routes/open-api.controller';
import { OrganizationsController } from './routes/organizations.controller';
import { RepositoriesController } from './routes/repositories.controller';
import { TokensController } from './routes/tokens.controller';
import { UsersController } from './routes/users.controller';
import { WhyController } from './routes/why.controller';
import { CurrentUserController } from './routes/v3/current-user.controller';
import { MetaController } from './routes/v3/meta.controller';
import {
  OrganizationPackagesController,
  OwnPackagesController,
  UserPackagesController,
} from './routes/v3/packages.controller';
import { RateLimitController } from './routes/v3/rate-limit.controller';

@Module({
  imports: [GatewayKitModule, GraphqlModule],
  controllers: [
    UsersController,
    TokensController,
    OrganizationsController,
    RepositoriesController,
    ConfirmController,
    HomeController,
    SignInController,
    SessionsPageController,
    ...credentialControllers,
    WhyController,
    InstanceController,
    OpenApiController,
    MetaController,
    CurrentUserController,
    RateLimitController,
    OrganizationPackagesController,
    UserPackagesController,
    OwnPackagesController,
  ],
  providers: [ApiCallers, RateLimits, PackageFinder, PackageFormats, PackageViews],
})
export class ApiModule {}
