import { DAY, DomainError, formatBytes } from '@packhouse/kernel';

/** Longer than any ledger lets an upload pause: what a sweep finds older than this belongs to no session. */
export const LONGEST_PAUSE_MS = 8 * DAY;

/** The refusal of an upload above its limit. */
export function uploadTooLarge(maxBytes: number): DomainError {
  return new DomainError(
    'payload_too_large',
    `The upload is larger than the limit of ${formatBytes(maxBytes)}.`,
    {
      maxBytes,
    },
  );
}

/** Staged content that is neither where it was staged nor at its address. */
export function stagedContentGone(cause: unknown): DomainError {
  const sentence = 'The uploaded content is gone from the server: publish it again.';
  return new DomainError('storage_unavailable', sentence, {}, { cause });
}

/** A resumable upload whose bytes are not there any more. */
export function uploadGone(): DomainError {
  return new DomainError(
    'not_found',
    'What was uploaded so far is gone from the server: start the upload again.',
  );
}

/** A caller that goes on after the end of its upload. */
export function endedAlready(): Error {
  return new Error('This upload has already ended');
}
