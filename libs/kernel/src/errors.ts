/** How loudly a failure is logged: expected refusals are not errors of the server. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

interface ErrorDefinition {
  /** HTTP status used when a format's renderer does not deviate. */
  readonly status: number;
  readonly level: LogLevel;
  /** Shown when the thrower gave no better sentence. */
  readonly message: string;
}

/** THE table of error codes: default HTTP status, log level and sentence. */
export const errorTable = {
  invalid_request: { status: 400, level: 'info', message: 'The request is not valid.' },
  validation_failed: { status: 422, level: 'info', message: 'What was sent does not fit.' },
  invalid_package: { status: 422, level: 'info', message: 'The package is not valid.' },
  unauthenticated: { status: 401, level: 'info', message: 'Sign in to do this.' },
  credentials_invalid: {
    status: 401,
    level: 'info',
    message: 'The credentials are unknown, expired or revoked.',
  },
  otp_required: { status: 401, level: 'info', message: 'This account asks for a one-time password.' },
  forbidden: { status: 403, level: 'info', message: 'You do not have the right to do this.' },
  quota_exceeded: { status: 403, level: 'info', message: 'More than that may not be stored.' },
  not_found: { status: 404, level: 'debug', message: 'Not found.' },
  method_not_allowed: { status: 405, level: 'info', message: 'This method is not supported here.' },
  version_exists: {
    status: 409,
    level: 'info',
    message: 'This version is already published with other content.',
  },
  in_use: { status: 409, level: 'info', message: 'Something else still needs this.' },
  name_taken: { status: 409, level: 'info', message: 'This name is taken.' },
  revision_conflict: {
    status: 409,
    level: 'info',
    message: 'The document changed meanwhile: read it again and repeat.',
  },
  payload_too_large: { status: 413, level: 'info', message: 'The upload is larger than the limit.' },
  range_not_satisfiable: { status: 416, level: 'info', message: 'The requested range is outside the file.' },
  rate_limited: { status: 429, level: 'info', message: 'Too many requests: wait and try again.' },
  internal: { status: 500, level: 'error', message: 'Something went wrong on the server.' },
  not_implemented: { status: 501, level: 'info', message: 'This is not supported here.' },
  unavailable: { status: 503, level: 'error', message: 'A part of the service is not available: try again.' },
  storage_unavailable: { status: 503, level: 'error', message: 'The storage is not available: try again.' },
  deadline_exceeded: {
    status: 504,
    level: 'error',
    message: 'A part of the service did not answer in time: try again.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorTable;

/** Extra facts about a failure; JSON only, shown to the caller, so no secrets. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** The wire form of a {@link DomainError}: the only failure that crosses the bus. */
export interface SerializedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

/**
 * A failure that callers may see. Anything else that is thrown is a bug and becomes `internal`.
 * `message` is one plain sentence that says what is wrong and how to mend it.
 */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message?: string, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(message ?? errorTable[code].message, options);
    this.name = 'DomainError';
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  toJSON(): SerializedError {
    return { code: this.code, message: this.message, details: this.details };
  }

  /** Rebuilds the error on arrival; an unknown code becomes `internal`. */
  static from(wire: { code: string; message?: string; details?: ErrorDetails }): DomainError {
    const known = Object.hasOwn(errorTable, wire.code);
    return new DomainError(known ? (wire.code as ErrorCode) : 'internal', wire.message, wire.details ?? {});
  }
}

/** True for a {@link DomainError}, optionally of one code. */
export function isDomainError(error: unknown, code?: ErrorCode): error is DomainError {
  return error instanceof DomainError && (code === undefined || error.code === code);
}
