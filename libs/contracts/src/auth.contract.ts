import { accountOperations } from './auth.accounts';
import { credentialOperations } from './auth.credentials';
import { decisionOperations } from './auth.decisions';
import { grantOperations } from './auth.grants';
import { repositoryOperations } from './auth.repositories';
import { defineContract, type Client } from './define-contract';

/** Accounts, credentials, permission facts and decisions: each group of operations has a file of its own. */
export const authContract = defineContract('auth', {
  ...decisionOperations,
  ...grantOperations,
  ...accountOperations,
  ...repositoryOperations,
  ...credentialOperations,
});

export type AuthClient = Client<typeof authContract>;
