import { Column, Entity, PrimaryColumn } from 'typeorm';

export type TwoFactorMode = 'off' | 'auth' | 'writes';
export type AccountKind = 'user' | 'organization' | 'bot';
export type MemberRole = 'owner' | 'member';

/** A user or an organization: one name space of logins. */
@Entity('accounts')
export class AccountEntity {
  @PrimaryColumn('uuid') id!: string;
  /** Given by the database. */
  @Column({ type: 'bigint', insert: false, update: false }) number!: number;
  @Column('text') kind!: AccountKind;
  /** As first written. */
  @Column('text') login!: string;
  /** As compared; unique. */
  @Column('text', { name: 'login_key' }) loginKey!: string;
  @Column('text', { name: 'display_name', nullable: true }) displayName!: string | null;
  @Column('text', { nullable: true }) email!: string | null;
  @Column('boolean', { name: 'site_admin' }) siteAdmin!: boolean;
  @Column('text', { name: 'two_factor' }) twoFactor!: TwoFactorMode;
  @Column('jsonb') profile!: Record<string, string>;
  /** Parameters, salt and hash (see secrets/passwords.ts); null: this account cannot sign in with a password. */
  @Column('text', { name: 'password_hash', nullable: true, select: false }) passwordHash!: string | null;
  /** Null: it is not suspended. */
  @Column('timestamptz', { name: 'suspended_at', nullable: true }) suspendedAt!: Date | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}

@Entity('memberships')
export class MembershipEntity {
  @PrimaryColumn('uuid', { name: 'organization_id' }) organizationId!: string;
  @PrimaryColumn('uuid', { name: 'account_id' }) accountId!: string;
  @Column('text') role!: MemberRole;
}

@Entity('repositories')
export class RepositoryEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'owner_id' }) ownerId!: string;
  @Column('text') name!: string;
  @Column('text', { name: 'name_key' }) nameKey!: string;
  @Column('text') visibility!: 'public' | 'private' | 'internal';
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}

/** A role of an account on a package. `role` null: taken back; the row stays so that a late event cannot bring it again. */
@Entity('grants')
export class GrantEntity {
  @PrimaryColumn('uuid', { name: 'package_id' }) packageId!: string;
  @PrimaryColumn('uuid', { name: 'account_id' }) accountId!: string;
  /** Who owns the package; null in rows of an earlier release until an event about the package tells. */
  @Column('uuid', { name: 'owner_id', nullable: true }) ownerId!: string | null;
  @Column('text', { nullable: true }) role!: 'read' | 'write' | 'admin' | null;
}
