import { DomainError, isDomainError } from '@packhouse/kernel';

/** Codes of Node's sockets and of Postgres (appendix A: classes 08, 53, 57) that mean: no connection, perhaps later. */
const connectionCodes = new Set([
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ],
  ...['08000', '08001', '08003', '08004', '08006', '53300', '57P01', '57P02', '57P03'],
]);

/** Failures that `pg`, its pool and TypeORM report without a code. */
const connectionSentences =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Client was closed|Database connection provided by a query runner was already released|Cannot use a pool after calling end)/;

/** The transaction was rolled back because of others at the same time: serialization failure, deadlock. */
const conflictCodes = new Set(['40001', '40P01']);

interface DriverError {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** TypeORM keeps the driver's failure beside its own. */
function driverErrorOf(error: unknown): DriverError {
  const outer: DriverError & { driverError?: DriverError } =
    typeof error === 'object' && error !== null ? error : {};
  return outer.driverError ?? outer;
}

/** True when the statement failed because there was no connection, not because of what it said. */
export function isConnectionFailure(error: unknown): boolean {
  const { code, message } = driverErrorOf(error);
  if (typeof code === 'string') return connectionCodes.has(code);
  return typeof message === 'string' && connectionSentences.test(message);
}

/** True when running the same transaction again may succeed. */
export function isConflict(error: unknown): boolean {
  const { code } = driverErrorOf(error);
  return typeof code === 'string' && conflictCodes.has(code);
}

/** Postgres SQLSTATE of a failed statement, for callers that expect one (`23505`: a unique index refused it). */
export function findSqlState(error: unknown): string | null {
  const { code } = driverErrorOf(error);
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** A lost connection becomes `unavailable`; everything else stays as it is. */
export function explainDatabaseError(error: unknown): unknown {
  if (isDomainError(error) || !isConnectionFailure(error)) return error;
  return new DomainError('unavailable', 'The database is not available: try again.', {}, { cause: error });
}
