import { accountOperations } from './auth.accounts';
import { credentialOperations } from './auth.credentials';
import { decisionOperations } from './auth.decisions';
import { grantOperations } from './auth.grants';
import { policyOperations } from './auth.policies';
import { publisherOperations } from './auth.publishers';
import { repositoryOperations } from './auth.repositories';
import { repositoryRoleOperations } from './auth.repository-roles';
import { sessionOperations } from './auth.sessions';
import { teamOperations } from './auth.teams';
import { defineContract, type Client } from './define-contract';
import { maintenanceOperations } from './maintenance';

/** Accounts, credentials, permission facts and decisions: each group of operations has a file of its own. */
export const authContract = defineContract('auth', {
  ...maintenanceOperations,
  ...decisionOperations,
  ...grantOperations,
  ...accountOperations,
  ...teamOperations,
  ...repositoryOperations,
  ...repositoryRoleOperations,
  ...policyOperations,
  ...credentialOperations,
  ...sessionOperations,
  ...publisherOperations,
});

export type AuthClient = Client<typeof authContract>;
