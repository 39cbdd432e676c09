import type { RenderedError } from '@packhouse/http';
import type { DomainError, ErrorCode } from '@packhouse/kernel';

/** Codes of the distribution specification by failure; `details.oci` names another where the failure has more meanings. */
const codes: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'UNAUTHORIZED',
  credentials_invalid: 'UNAUTHORIZED',
  otp_required: 'UNAUTHORIZED',
  forbidden: 'DENIED',
  not_found: 'NAME_UNKNOWN',
  method_not_allowed: 'UNSUPPORTED',
  invalid_package: 'MANIFEST_INVALID',
  payload_too_large: 'SIZE_INVALID',
  range_not_satisfiable: 'RANGE_INVALID',
  rate_limited: 'TOOMANYREQUESTS',
  not_implemented: 'UNSUPPORTED',
  unavailable: 'UNAVAILABLE',
  storage_unavailable: 'UNAVAILABLE',
  deadline_exceeded: 'UNAVAILABLE',
};

/** A failure as every client of the protocol reads it: they print `message`. `details.challenge` becomes the header. */
export function renderRegistryError(error: DomainError): RenderedError {
  const { oci, challenge, retryAfterSeconds, detail } = error.details;
  const code = typeof oci === 'string' ? oci : (codes[error.code] ?? 'UNKNOWN');
  return {
    status: error.status,
    headers: {
      'content-type': 'application/json',
      'docker-distribution-api-version': 'registry/2.0',
      ...(typeof challenge === 'string' ? { 'www-authenticate': challenge } : {}),
      ...(typeof retryAfterSeconds === 'number'
        ? { 'retry-after': String(Math.ceil(retryAfterSeconds)) }
        : {}),
    },
    body: JSON.stringify({
      errors: [{ code, message: error.message, ...(detail === undefined ? {} : { detail }) }],
    }),
  };
}
