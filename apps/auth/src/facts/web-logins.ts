import { DomainError } from '@packhouse/kernel';
import { MoreThan, type EntityManager } from 'typeorm';
import { WebLoginEntity } from '../persistence/credential.entities';

/** A sign-in that waits or was answered, while it lives. @throws DomainError `not_found`. */
export async function getWebLogin(
  manager: EntityManager,
  which: { loginId: string } | { pollHash: string },
  now: Date,
): Promise<WebLoginEntity> {
  const text = 'loginId' in which ? which.loginId : which.pollHash;
  const row = isSecretShaped(text)
    ? await manager.findOneBy(WebLoginEntity, { ...which, expiresAt: MoreThan(now) })
    : null;
  if (!row) throw new DomainError('not_found', 'This sign-in is unknown, expired or finished: begin again.');
  return row;
}

/** Ids and hashes are base64url or hex; anything else is not looked up. */
function isSecretShaped(text: string): boolean {
  return /^[A-Za-z0-9_-]{16,64}$/.test(text);
}
