import type { PackageFacts } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';

/** `_rev`: the optimistic lock of A4.3. It names the package too, so that a revision of a removed one never fits its successor. */
export function formatRevision(facts: PackageFacts): string {
  return `${facts.revision}-${facts.id.replaceAll('-', '')}`;
}

/** The revision that a client last saw. Rejects `revision_conflict` for one of another package or of no shape. */
export function readRevision(rev: string, facts: PackageFacts): number {
  const revision = Number.parseInt(rev, 10);
  if (!Number.isSafeInteger(revision) || rev !== formatRevision({ ...facts, revision }))
    throw conflict(facts);
  return revision;
}

/** The refusal when somebody else changed the package since the client read it. */
export function conflict(facts: PackageFacts): DomainError {
  return new DomainError(
    'revision_conflict',
    `conflict: ${facts.name} changed since you read it: run the command again.`,
  );
}
