import type { TokenKind, TokenLimits, TokenScope, WorkflowIdentity } from '@packhouse/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An access token; its text is never stored. */
@Entity('tokens')
export class TokenEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'account_id' }) accountId!: string;
  @Column('text') name!: string;
  /** First characters, to recognise it in a list. */
  @Column('text') prefix!: string;
  /** Hex SHA-256 of the text; unique. */
  @Column('text') hash!: string;
  @Column('text') kind!: TokenKind;
  @Column('text', { array: true }) scopes!: TokenScope[];
  @Column('jsonb', { nullable: true }) limits!: TokenLimits | null;
  @Column('jsonb', { nullable: true }) workflow!: WorkflowIdentity | null;
  /** Who made it; null: nobody (a sign-in) or an account that is gone. */
  @Column('uuid', { name: 'created_by', nullable: true }) createdBy!: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'last_used_at', nullable: true }) lastUsedAt!: Date | null;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt!: Date | null;
  @Column('timestamptz', { name: 'revoked_at', nullable: true }) revokedAt!: Date | null;
}

/** A sign-in or one-time password that a person confirms in a browser. */
@Entity('web_logins')
export class WebLoginEntity {
  /** Public: part of the page's address. */
  @PrimaryColumn('text', { name: 'login_id' }) loginId!: string;
  /** Hex SHA-256 of the secret with which the client asks for the outcome; unique. */
  @Column('text', { name: 'poll_hash' }) pollHash!: string;
  @Column('text') purpose!: 'login' | 'otp';
  /** Who must answer (purpose otp), and after the answer who did. */
  @Column('uuid', { name: 'account_id', nullable: true }) accountId!: string | null;
  @Column('text') address!: string;
  @Column('text', { name: 'user_agent' }) userAgent!: string;
  @Column('text', { name: 'confirm_code' }) confirmCode!: string;
  @Column('text') state!: 'pending' | 'approved' | 'denied' | 'used';
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
}

/** A code that passes once for a one-time password. */
@Entity('one_time_codes')
export class OneTimeCodeEntity {
  @PrimaryColumn('text') hash!: string;
  @Column('uuid', { name: 'account_id' }) accountId!: string;
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
}

/** The authenticator of an account. Set up but not yet confirmed: `confirmedAt` null. */
@Entity('authenticators')
export class AuthenticatorEntity {
  @PrimaryColumn('uuid', { name: 'account_id' }) accountId!: string;
  /** Base32. */
  @Column('text') secret!: string;
  @Column('text') mode!: 'auth' | 'writes';
  /** Number of the last 30-second step whose code was used: no code passes twice. */
  @Column('bigint', { name: 'last_step' }) lastStep!: number;
  @Column('timestamptz', { name: 'confirmed_at', nullable: true }) confirmedAt!: Date | null;
}

@Entity('recovery_codes')
export class RecoveryCodeEntity {
  @PrimaryColumn('uuid', { name: 'account_id' }) accountId!: string;
  @PrimaryColumn('text') hash!: string;
}
