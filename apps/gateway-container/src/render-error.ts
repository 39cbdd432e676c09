import type { RenderedError } from '@packhouse/http';
import type { DomainError, ErrorCode } from '@packhouse/kernel';

/** Codes of the distribution specification by failure; `details.oci` names another where the failure has more meanings. */
const codes: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'UNAUTHORIZED',
  credentials_invalid: 'UNAUTHORIZED',
  otp_required: 'UNAUTHORIZED',
  forbidden: 'DENIED',
  quota_exceeded: 'DENIED',
  not_found: 'NAME_UNKNOWN',
  in_use: 'UNSUPPORTED',
  invalid_request: 'UNSUPPORTED',
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

/** Clients of this protocol know other statuses for these. */
const statuses: Partial<Record<ErrorCode, number>> = {
  invalid_package: 400,
  in_use: 405,
  not_implemented: 405,
};

/** A failure as every client of the protocol reads it: they print `message`. `details.challenge` becomes the header. */
export function renderRegistryError(error: DomainError): RenderedError {
  const { challenge, retryAfterSeconds, size } = error.details;
  return {
    status: statuses[error.code] ?? error.status,
    headers: {
      'content-type': 'application/json',
      'docker-distribution-api-version': 'registry/2.0',
      ...(typeof challenge === 'string' ? { 'www-authenticate': challenge } : {}),
      ...(typeof retryAfterSeconds === 'number'
        ? { 'retry-after': String(Math.ceil(retryAfterSeconds)) }
        : {}),
      ...(error.code === 'range_not_satisfiable' && typeof size === 'number'
        ? { 'content-range': `bytes */${size}` }
        : {}),
      ...headersOf(error),
    },
    body: JSON.stringify({ errors: problemsOf(error) }),
  };
}

function problemsOf({ code, message, details }: DomainError): unknown[] {
  const { oci, errors, detail } = details;
  if (Array.isArray(errors)) return errors;
  return [
    {
      code: typeof oci === 'string' ? oci : (codes[code] ?? 'UNKNOWN'),
      message,
      ...(detail === undefined ? {} : { detail }),
    },
  ];
}

/** Headers that the refusal itself has: where an upload stands, which methods there are. */
function headersOf({ details }: DomainError): Record<string, string> {
  const { headers } = details;
  return typeof headers === 'object' && headers !== null ? (headers as Record<string, string>) : {};
}
