import { accountOperations } from './auth.accounts';
import { credentialOperations } from './auth.credentials';
import { decisionOperations } from './auth.decisions';
import { grantOperations } from './auth.grants';
import { policyOperations } from './auth.policies';
import { repositoryOperations } from './auth.repositories';
import { repositoryRoleOperations } from './auth.repository-roles';
import { teamOperations } from './auth.teams';
import { defineContract, type Client } from './define-contract';

/** Accounts, credentials, permission facts and decisions: each group of operations has a file of its own. */
export const authContract = defineContract('auth', {
  ...decisionOperations,
  ...grantOperations,
  ...accountOperations,
  ...teamOperations,
  ...repositoryOperations,
  ...repositoryRoleOperations,
  ...policyOperations,
  ...credentialOperations,
});

export type AuthClient = Client<typeof authContract>;
