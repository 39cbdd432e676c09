import { authContract } from '@packhouse/contracts';
import { defineService } from '@packhouse/runtime';
import { AuthModule, authJobs } from './auth.module';
import { authSchema } from './persistence/auth.schema';

export { AuthModule } from './auth.module';
export { authSchema } from './persistence/auth.schema';
export { FirstAdministrator, type FirstCredentials } from './use-cases/ensure-first-administrator';
export { ResetPassword } from './use-cases/reset-password';

/** Accounts, organizations, memberships, repositories, tokens, permission facts and decisions. */
export const authService = defineService({
  name: 'auth',
  module: AuthModule,
  contract: authContract,
  schema: authSchema,
  jobs: authJobs,
});
