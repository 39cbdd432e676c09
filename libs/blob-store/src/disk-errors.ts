import { DomainError, isDomainError } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import { codeOf } from './failure-code';

/** What went wrong with the disk and who can mend it; the sentences reach clients, so they name no paths. */
const sentences: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk that keeps the packages is full: free some space on the server, then try again.',
  EDQUOT: 'The disk quota of the server is used up: raise it or free some space, then try again.',
  EIO: 'The disk that keeps the packages reports a read or write error: its administrator should check the disk.',
  EACCES: 'The server may not use its package storage: give it the right to read and write its data folder.',
  EPERM: 'The server may not use its package storage: give it the right to read and write its data folder.',
  EROFS: 'The package storage is read-only: mount the data folder for writing, then try again.',
  EMFILE: 'The server has too many files open: try again in a moment, or raise its limit of open files.',
  ENFILE: 'The server has too many files open: try again in a moment, or raise its limit of open files.',
  EXDEV: 'The folders "uploads" and "sha256" of the package storage must be on the same file system.',
};

/** Wraps a failure of the file system as `storage_unavailable`, once; the cause goes to the log, not to the client. */
export function diskFailure(error: unknown, logger: Logger): DomainError {
  if (isDomainError(error)) return error;
  const errno = codeOf(error);
  const sentence = errno === undefined ? undefined : sentences[errno];
  logger.error(
    { errno, cause: error instanceof Error ? error.message : String(error) },
    'The package storage failed',
  );
  return new DomainError('storage_unavailable', sentence, errno === undefined ? {} : { errno }, {
    cause: error,
  });
}
