import { Module } from '@nestjs/common';
import { GatewayKitModule } from '@packhouse/gateway-kit';
import { ApiCallers } from './api-callers';
import { AuditLogController } from './audit/audit-log.controller';
import { AuditReaders } from './audit/audit-readers';
import { OrganizationAuditLogController } from './audit/organization-audit-log.controller';
import { GraphqlModule } from './graphql/graphql.module';
import { ConfirmController } from './pages/confirm.controller';
import { HomeController } from './pages/home.controller';
import { SessionsPageController } from './pages/sessions-page.controller';
import { SignInController } from './pages/sign-in.controller';
import { packageControllers, packageProviders } from './package-parts';
import { RateLimits } from './rest/rate-limits';
import { credentialControllers, credentialProviders } from './routes/credentials/credential.controllers';
import { InstanceController } from './routes/instance.controller';
import { OpenApiController } from './routes/open-api.controller';
import { OrganizationsController } from './routes/organizations.controller';
import { RepositoriesController } from './routes/repositories.controller';
import { setUpControllers, setUpProviders } from './routes/set-up-routes';
import { TokensController } from './routes/tokens.controller';
import { UsersController } from './routes/users.controller';
import { WhyController } from './routes/why.controller';
import { CurrentUserController } from './routes/v3/current-user.controller';
import { MetaController } from './routes/v3/meta.controller';
import { RateLimitController } from './routes/v3/rate-limit.controller';

@Module({
  imports: [GatewayKitModule, GraphqlModule],
  controllers: [
    ...setUpControllers,
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
    ...packageControllers,
    AuditLogController,
    OrganizationAuditLogController,
  ],
  providers: [
    ...setUpProviders,
    ...packageProviders,
    ...credentialProviders,
    ApiCallers,
    RateLimits,
    AuditReaders,
  ],
})
export class ApiModule {}
