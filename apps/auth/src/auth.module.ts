import { Module } from '@nestjs/common';
import { authContract } from '@packhouse/contracts';
import { maintenanceController } from '@packhouse/jobs';
import { systemClock } from '@packhouse/kernel';
import { CLOCK } from './clock';
import { AuthTransaction } from './auth-transaction';
import { credentialParts } from './credential.parts';
import { FormatStates } from './facts/format-states';
import { Principals } from './facts/principals';
import { Questions } from './facts/questions';
import { ReadableFacts } from './facts/readable-facts';
import { RepositoryFacts } from './facts/repository-facts';
import { Standings } from './facts/standings';
import { TokenUsage } from './facts/token-usage';
import { AccountChangesController } from './handlers/account-changes.controller';
import { SecretsController } from './handlers/secrets.controller';
import { KeepSecret } from './use-cases/keep-secret';
import { AccountsController } from './handlers/accounts.controller';
import { DecisionsController } from './handlers/decisions.controller';
import { GrantsController } from './handlers/grants.controller';
import { PackageEventsController } from './handlers/package-events.controller';
import { SharingController } from './handlers/sharing.controller';
import { MembersController } from './handlers/members.controller';
import { RepositoriesController } from './handlers/repositories.controller';
import { SignInController } from './handlers/sign-in.controller';
import { TokensController } from './handlers/tokens.controller';
import { TwoFactorController } from './handlers/two-factor.controller';
import { WebLoginsController } from './handlers/web-logins.controller';
import { DeleteEndedTokensJob } from './jobs/delete-ended-tokens.job';
import { ExpireWebLoginsJob } from './jobs/expire-web-logins.job';
import { organizationControllers, organizationUseCases } from './organization-parts';
import { GuessThrottle } from './secrets/guess-throttle';
import { OtpCheck } from './secrets/otp-check';
import { OwnPassword } from './secrets/own-password';
import { PasswordCheck } from './secrets/password-check';
import { PasswordHasher } from './secrets/passwords';
import { AnswerWebLogin } from './use-cases/answer-web-login';
import { Authenticate } from './use-cases/authenticate';
import { ChangePassword } from './use-cases/change-password';
import { CompleteGrants } from './use-cases/complete-grants';
import { ConfirmTwoFactor } from './use-cases/confirm-two-factor';
import { CreateOrganization } from './use-cases/create-organization';
import { CreateRepository } from './use-cases/create-repository';
import { CreateToken } from './use-cases/create-token';
import { CreateUser } from './use-cases/create-user';
import { Decide } from './use-cases/decide';
import { DescribeWebLogin } from './use-cases/describe-web-login';
import { DisableTwoFactor } from './use-cases/disable-two-factor';
import { ExplainDecision } from './use-cases/explain-decision';
import { FirstAdministrator } from './use-cases/ensure-first-administrator';
import { FindAccount } from './use-cases/find-account';
import { FindMembership } from './use-cases/find-membership';
import { FindRepository } from './use-cases/find-repository';
import { ForgetPackage } from './use-cases/forget-package';
import { GetAccounts } from './use-cases/get-accounts';
import { GrantCreator } from './use-cases/grant-creator';
import { ListAccounts } from './use-cases/list-accounts';
import { ListGrants } from './use-cases/list-grants';
import { ListGrantsOfAccount } from './use-cases/list-grants-of-account';
import { ListMembers } from './use-cases/list-members';
import { ListReadable } from './use-cases/list-readable';
import { ListRepositories } from './use-cases/list-repositories';
import { ListTokens } from './use-cases/list-tokens';
import { PlanNewPackage } from './use-cases/plan-new-package';
import { PollWebLogin } from './use-cases/poll-web-login';
import { RemoveGrant } from './use-cases/remove-grant';
import { RemoveMember } from './use-cases/remove-member';
import { ReplaceGrants } from './use-cases/replace-grants';
import { ResetPassword } from './use-cases/reset-password';
import { RevokeToken } from './use-cases/revoke-token';
import { SetGrant } from './use-cases/set-grant';
import { SetMember } from './use-cases/set-member';
import { SignIn } from './use-cases/sign-in';
import { StartTwoFactor } from './use-cases/start-two-factor';
import { StartWebLogin } from './use-cases/start-web-login';
import { TeamGrants } from './use-cases/team-grants';
import { UpdateAccount } from './use-cases/update-account';
import { VerifyOtp } from './use-cases/verify-otp';
import { WorkflowGrants } from './use-cases/workflow-grants';

const parts = [
  AuthTransaction,
  PasswordHasher,
  GuessThrottle,
  PasswordCheck,
  OwnPassword,
  OtpCheck,
  TokenUsage,
  Principals,
  ReadableFacts,
  RepositoryFacts,
  Standings,
  FormatStates,
  Questions,
];

const useCases = [
  Authenticate,
  VerifyOtp,
  SignIn,
  Decide,
  ExplainDecision,
  ListReadable,
  PlanNewPackage,
  FindAccount,
  GetAccounts,
  ListAccounts,
  CreateUser,
  CreateOrganization,
  UpdateAccount,
  ChangePassword,
  SetMember,
  RemoveMember,
  ListMembers,
  FindMembership,
  CreateRepository,
  FindRepository,
  ListRepositories,
  CreateToken,
  ListTokens,
  RevokeToken,
  StartWebLogin,
  DescribeWebLogin,
  AnswerWebLogin,
  PollWebLogin,
  StartTwoFactor,
  ConfirmTwoFactor,
  DisableTwoFactor,
  ListGrants,
  ListGrantsOfAccount,
  SetGrant,
  RemoveGrant,
  TeamGrants,
  WorkflowGrants,
  ReplaceGrants,
  CompleteGrants,
  ForgetPackage,
  GrantCreator,
  FirstAdministrator,
  KeepSecret,
  ResetPassword,
  ...organizationUseCases,
];

/** Classes that run on a schedule. */
export const authJobs = [ExpireWebLoginsJob, DeleteEndedTokensJob, ...credentialParts.jobs];

/**
 * Accounts, credentials and permission facts. It takes from its surroundings: the database and the outbox of its schema,
 * INVALIDATIONS, LOGGER and Settings.
 */
@Module({
  controllers: [
    maintenanceController(authContract),
    SignInController,
    DecisionsController,
    AccountsController,
    AccountChangesController,
    SecretsController,
    MembersController,
    RepositoriesController,
    TokensController,
    WebLoginsController,
    TwoFactorController,
    GrantsController,
    SharingController,
    PackageEventsController,
    ...organizationControllers,
    ...credentialParts.controllers,
  ],
  providers: [
    { provide: CLOCK, useValue: systemClock },
    ...parts,
    ...useCases,
    ...credentialParts.providers,
    ...authJobs,
  ],
  exports: [FirstAdministrator, ResetPassword],
})
export class AuthModule {}
