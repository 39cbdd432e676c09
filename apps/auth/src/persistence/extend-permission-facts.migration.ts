import { workflowAccount } from '@packhouse/contracts';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Enterprises, teams, roles on repositories, access of teams and workflows to packages, and policies. */
export class ExtendPermissionFacts1767300000000 implements MigrationInterface {
  readonly name = 'ExtendPermissionFacts1767300000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [
      ...accountChanges,
      ...teamTables,
      ...repositoryTables,
      ...grantTables,
      ...policyTables,
    ])
      await runner.query(statement);
    await runner.query(
      `INSERT INTO accounts (id, kind, login, login_key, created_at, updated_at) VALUES ($1, 'bot', $2, $2, now(), now())`,
      [workflowAccount.id, workflowAccount.login],
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE format_policies, organization_policies, workflow_grants, team_grants, repository_teams, repository_collaborators, team_members, teams',
    );
    await runner.query(`DELETE FROM accounts WHERE kind = 'bot'`);
    await runner.query('ALTER TABLE grants DROP COLUMN owner_id');
    await runner.query(
      'ALTER TABLE repositories DROP COLUMN number, DROP COLUMN description, DROP COLUMN updated_at',
    );
    await runner.query('ALTER TABLE accounts DROP COLUMN number, DROP COLUMN enterprise_id');
    await runner.query('DROP TABLE enterprises');
  }
}

const accountChanges = [
  `CREATE TABLE enterprises (
    id uuid PRIMARY KEY,
    slug text NOT NULL,
    slug_key text NOT NULL UNIQUE,
    name text NOT NULL,
    created_at timestamptz NOT NULL)`,
  // Small whole numbers: GitHub's API names accounts and repositories by them.
  `ALTER TABLE accounts
    ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN enterprise_id uuid REFERENCES enterprises ON DELETE SET NULL`,
  'ALTER TABLE accounts DROP CONSTRAINT accounts_kind_check',
  `ALTER TABLE accounts ADD CONSTRAINT accounts_kind_check CHECK (kind IN ('user', 'organization', 'bot'))`,
  'CREATE INDEX accounts_enterprise ON accounts (enterprise_id) WHERE enterprise_id IS NOT NULL',
];

const teamTables = [
  `CREATE TABLE teams (
    id uuid PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    organization_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    parent_id uuid REFERENCES teams ON DELETE CASCADE,
    name text NOT NULL,
    slug text NOT NULL,
    description text,
    privacy text NOT NULL DEFAULT 'closed' CHECK (privacy IN ('closed', 'secret')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (organization_id, slug))`,
  'CREATE INDEX teams_parent ON teams (parent_id) WHERE parent_id IS NOT NULL',
  `CREATE TABLE team_members (
    team_id uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('member', 'maintainer')),
    PRIMARY KEY (team_id, account_id))`,
  'CREATE INDEX team_members_account ON team_members (account_id)',
];

const repositoryRoles = `CHECK (role IN ('read', 'triage', 'write', 'maintain', 'admin'))`;

const repositoryTables = [
  `ALTER TABLE repositories
    ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN description text,
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now()`,
  `CREATE TABLE repository_collaborators (
    repository_id uuid NOT NULL REFERENCES repositories ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    role text NOT NULL ${repositoryRoles},
    PRIMARY KEY (repository_id, account_id))`,
  'CREATE INDEX repository_collaborators_account ON repository_collaborators (account_id)',
  `CREATE TABLE repository_teams (
    repository_id uuid NOT NULL REFERENCES repositories ON DELETE CASCADE,
    team_id uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    role text NOT NULL ${repositoryRoles},
    PRIMARY KEY (repository_id, team_id))`,
  'CREATE INDEX repository_teams_team ON repository_teams (team_id)',
];

const packageRoles = `CHECK (role IN ('read', 'write', 'admin'))`;

/** The owner of the package stands beside each grant: lists ask for the grants of one owner. */
const grantTables = [
  'ALTER TABLE grants ADD COLUMN owner_id uuid',
  'CREATE INDEX grants_of_owner ON grants (account_id, owner_id) INCLUDE (package_id) WHERE role IS NOT NULL',
  `CREATE TABLE team_grants (
    package_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    team_id uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    role text NOT NULL ${packageRoles},
    PRIMARY KEY (package_id, team_id))`,
  'CREATE INDEX team_grants_of_owner ON team_grants (team_id, owner_id)',
  `CREATE TABLE workflow_grants (
    package_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    repository_id uuid NOT NULL REFERENCES repositories ON DELETE CASCADE,
    role text NOT NULL ${packageRoles},
    PRIMARY KEY (package_id, repository_id))`,
  'CREATE INDEX workflow_grants_repository ON workflow_grants (repository_id)',
];

const policyTables = [
  // An organization without a row has the defaults.
  `CREATE TABLE organization_policies (
    organization_id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    base_role text NOT NULL DEFAULT 'read' CHECK (base_role IN ('none', 'read', 'write', 'admin')),
    create_public boolean NOT NULL DEFAULT true,
    create_private boolean NOT NULL DEFAULT true,
    create_internal boolean NOT NULL DEFAULT true,
    inherit_by_default boolean NOT NULL DEFAULT true)`,
  // A format without a row is enabled.
  `CREATE TABLE format_policies (
    format text PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('enabled', 'read-only', 'disabled')))`,
];
