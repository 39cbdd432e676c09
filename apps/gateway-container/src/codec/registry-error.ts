import { DomainError, type ErrorCode } from '@packhouse/kernel';

/** Error codes of the distribution protocol, with the two that its reference adds. */
export type RegistryCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DENIED'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'PAGINATION_NUMBER_INVALID'
  | 'RANGE_INVALID'
  | 'SIZE_INVALID'
  | 'TAG_INVALID'
  | 'TOOMANYREQUESTS'
  | 'UNAUTHORIZED'
  | 'UNAVAILABLE'
  | 'UNKNOWN'
  | 'UNSUPPORTED';

/** One entry of an answer's `errors`. */
export interface RegistryProblem {
  readonly code: RegistryCode;
  readonly message: string;
  readonly detail?: unknown;
}

const kinds: Partial<Record<RegistryCode, ErrorCode>> = {
  BLOB_UNKNOWN: 'not_found',
  BLOB_UPLOAD_UNKNOWN: 'not_found',
  DENIED: 'forbidden',
  MANIFEST_UNKNOWN: 'not_found',
  NAME_UNKNOWN: 'not_found',
  RANGE_INVALID: 'range_not_satisfiable',
  UNSUPPORTED: 'method_not_allowed',
};

/** A refusal with the protocol's own code; `detail` is what its clients may read besides the sentence. */
export function registryError(code: RegistryCode, message: string, detail?: unknown): DomainError {
  return new DomainError(kinds[code] ?? 'invalid_request', message, { oci: code, detail });
}

/** A refusal for several reasons at once, each with a code of its own: a client that lacks three layers hears of all three. */
export function registryErrors(problems: readonly [RegistryProblem, ...RegistryProblem[]]): DomainError {
  const [{ code, message }] = problems;
  return new DomainError(kinds[code] ?? 'invalid_request', message, { oci: code, errors: problems });
}
