import { Inject, Injectable } from '@nestjs/common';
import type { EventEnvelope } from '@packhouse/contracts';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Grants of an earlier release do not say whose package it is: any event about the package tells. */
@Injectable()
export class CompleteGrants {
  /** Grants are never written without an owner any more: once all have one, there is nothing left to do. */
  private allComplete = false;

  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({ payload }: EventEnvelope<{ packageId: string; ownerId: string }>): Promise<void> {
    if (this.allComplete) return;
    const incomplete = await this.database.query('SELECT FROM grants WHERE owner_id IS NULL LIMIT 1');
    if (incomplete.length === 0) {
      this.allComplete = true;
      return;
    }
    await this.database.query(
      'UPDATE grants SET owner_id = $2 WHERE package_id = $1 AND owner_id IS NULL',
      [payload.packageId, payload.ownerId],
      'auth-complete-grants',
    );
  }
}
