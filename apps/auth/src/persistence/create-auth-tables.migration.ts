import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Names are compared without case by a key column, so that the rules of comparison live in code and not in a collation. */
export class CreateAuthTables1764000000000 implements MigrationInterface {
  readonly name = 'CreateAuthTables1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE kept_secrets, recovery_codes, authenticators, one_time_codes, web_logins, tokens, grants, repositories, memberships, accounts',
    );
  }
}

const statements = [
  `CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('user', 'organization')),
    login text NOT NULL,
    login_key text NOT NULL UNIQUE,
    display_name text,
    email text,
    site_admin boolean NOT NULL DEFAULT false,
    two_factor text NOT NULL DEFAULT 'off' CHECK (two_factor IN ('off', 'auth', 'writes')),
    profile jsonb NOT NULL DEFAULT '{}',
    password_hash text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL)`,
  `CREATE TABLE memberships (
    organization_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('owner', 'member')),
    PRIMARY KEY (organization_id, account_id))`,
  'CREATE INDEX memberships_account ON memberships (account_id)',
  `CREATE TABLE repositories (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name text NOT NULL,
    name_key text NOT NULL,
    visibility text NOT NULL CHECK (visibility IN ('public', 'private', 'internal')),
    created_at timestamptz NOT NULL,
    UNIQUE (owner_id, name_key))`,
  `CREATE TABLE grants (
    package_id uuid NOT NULL,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    role text CHECK (role IN ('read', 'write', 'admin')),
    PRIMARY KEY (package_id, account_id))`,
  'CREATE INDEX grants_account ON grants (account_id, package_id) WHERE role IS NOT NULL',
  `CREATE TABLE tokens (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name text NOT NULL,
    prefix text NOT NULL,
    hash text NOT NULL UNIQUE,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz)`,
  'CREATE INDEX tokens_account ON tokens (account_id, id)',
  'CREATE INDEX tokens_end ON tokens (LEAST(revoked_at, expires_at)) WHERE revoked_at IS NOT NULL OR expires_at IS NOT NULL',
  `CREATE TABLE web_logins (
    login_id text PRIMARY KEY,
    poll_hash text NOT NULL UNIQUE,
    purpose text NOT NULL CHECK (purpose IN ('login', 'otp')),
    account_id uuid REFERENCES accounts ON DELETE CASCADE,
    address text NOT NULL,
    user_agent text NOT NULL,
    confirm_code text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'used')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL)`,
  'CREATE INDEX web_logins_address ON web_logins (address, created_at)',
  'CREATE INDEX web_logins_end ON web_logins (expires_at)',
  `CREATE TABLE one_time_codes (
    hash text PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    expires_at timestamptz NOT NULL)`,
  'CREATE INDEX one_time_codes_end ON one_time_codes (expires_at)',
  `CREATE TABLE authenticators (
    account_id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    secret text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('auth', 'writes')),
    last_step bigint NOT NULL DEFAULT 0,
    confirmed_at timestamptz)`,
  `CREATE TABLE recovery_codes (
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    hash text NOT NULL,
    PRIMARY KEY (account_id, hash))`,
  'CREATE TABLE kept_secrets (name text PRIMARY KEY, value text NOT NULL)',
];
