import { DomainError } from '@packhouse/kernel';

const sha256Shape = /^[0-9a-f]{64}$/;

/** Whether a name in the storage is an address. */
export function isAddress(name: string): boolean {
  return sha256Shape.test(name);
}

/**
 * Refuses anything but a lower-case hex SHA-256 before a path or an object name is built from it:
 * addresses arrive from protocols, and `../` must never reach the storage.
 */
export function checkAddress(sha256: string): void {
  if (typeof sha256 !== 'string' || !isAddress(sha256)) {
    throw new DomainError(
      'invalid_request',
      'A content address must be the 64 lower-case hex digits of a SHA-256.',
    );
  }
}

/** What a missing blob is answered with. */
export function blobNotFound(sha256: string): DomainError {
  return new DomainError('not_found', 'There is no content under this address.', { sha256 });
}

/** What a range outside the content is answered with (RFC 9110, section 15.5.17: the size helps the client). */
export function rangeOutside(size: number): DomainError {
  return new DomainError(
    'range_not_satisfiable',
    `The requested range is outside the ${size} bytes of this file.`,
    { size },
  );
}
