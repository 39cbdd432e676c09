import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';
import type { Answer, Ask } from '../messages';
import { AUTH_SCHEMA } from '../persistence/auth.schema';

/** Keeps a secret that the replicas of a service share. Whoever comes first decides its value, for good. */
@Injectable()
export class KeepSecret {
  constructor(@Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase) {}

  async run({ name, candidate }: Ask<'keepSecret'>): Promise<Answer<'keepSecret'>> {
    if (!/^[a-z][a-z0-9._:/-]*$/.test(name) || candidate.includes('\0')) {
      throw new DomainError(
        'invalid_request',
        'Name a secret with lower-case letters, digits and ".", "_", ":", "/", "-"; its value is text.',
      );
    }
    await this.database.query(
      'INSERT INTO kept_secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING',
      [name, candidate],
    );
    const [kept] = await this.database.query<{ value: string }>(
      'SELECT value FROM kept_secrets WHERE name = $1',
      [name],
    );
    if (!kept) throw new DomainError('unavailable', 'The secret could not be kept: try again.');
    return { value: kept.value };
  }
}
