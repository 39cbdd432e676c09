import type { ServiceSchema } from '@packhouse/database';
import { AccountEntity, GrantEntity, MembershipEntity, RepositoryEntity } from './account.entities';
import { CreateAuthTables1764000000000 } from './create-auth-tables.migration';
import {
  AuthenticatorEntity,
  OneTimeCodeEntity,
  RecoveryCodeEntity,
  TokenEntity,
  WebLoginEntity,
} from './credential.entities';
import { ExtendPermissionFacts1767300000000 } from './extend-permission-facts.migration';
import { RecordAccessChanges1767301300000 } from './record-access-changes.migration';

/** Name of this service's Postgres schema. */
export const AUTH_SCHEMA = 'auth';

export const authSchema: ServiceSchema = {
  name: AUTH_SCHEMA,
  entities: [
    AccountEntity,
    MembershipEntity,
    RepositoryEntity,
    GrantEntity,
    TokenEntity,
    WebLoginEntity,
    OneTimeCodeEntity,
    AuthenticatorEntity,
    RecoveryCodeEntity,
  ],
  migrations: [
    CreateAuthTables1764000000000,
    ExtendPermissionFacts1767300000000,
    RecordAccessChanges1767301300000,
  ],
};
