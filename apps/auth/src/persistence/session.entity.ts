import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A session of the web interface; its text is in the browser's cookie only. */
@Entity('sessions')
export class SessionEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'account_id' }) accountId!: string;
  /** Hex SHA-256 of the text; unique. */
  @Column('text') hash!: string;
  @Column('text') address!: string;
  @Column('text', { name: 'user_agent' }) userAgent!: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'last_used_at' }) lastUsedAt!: Date;
  /** When it ends unless it is used before; never after `endsAt`. */
  @Column('timestamptz', { name: 'idle_ends_at' }) idleEndsAt!: Date;
  @Column('timestamptz', { name: 'ends_at' }) endsAt!: Date;
}
