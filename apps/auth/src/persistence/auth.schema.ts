import type { ServiceSchema } from '@packhouse/database';
import { AccountEntity, GrantEntity, MembershipEntity, RepositoryEntity } from './account.entities';
import { AuditReads1767600100000 } from './audit-reads.migration';
import { CreateAuthTables1764000000000 } from './create-auth-tables.migration';
import { CreateSessions1767300200000 } from './create-sessions.migration';
import { CreateTrustedPublishers1767300300000 } from './create-trusted-publishers.migration';
import {
  AuthenticatorEntity,
  OneTimeCodeEntity,
  RecoveryCodeEntity,
  TokenEntity,
  WebLoginEntity,
} from './credential.entities';
import { ExtendPermissionFacts1767300000000 } from './extend-permission-facts.migration';
import { ExtendTokens1767300100000 } from './extend-tokens.migration';
import { RecordAccessChanges1767301300000 } from './record-access-changes.migration';
import { SessionEntity } from './session.entity';
import { SuspendAccounts1767701000000 } from './suspend-accounts.migration';

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
    SessionEntity,
  ],
  migrations: [
    CreateAuthTables1764000000000,
    ExtendPermissionFacts1767300000000,
    ExtendTokens1767300100000,
    CreateSessions1767300200000,
    CreateTrustedPublishers1767300300000,
    RecordAccessChanges1767301300000,
    AuditReads1767600100000,
    SuspendAccounts1767701000000,
  ],
};
