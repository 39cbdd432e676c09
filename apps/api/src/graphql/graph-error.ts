import { DomainError, type ErrorCode } from '@packhouse/kernel';
import { GraphQLError } from 'graphql';

/** Kinds of failures as GitHub names them, and those of ours that it has no name for. */
export type GraphErrorType =
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  | 'INSUFFICIENT_SCOPES'
  | 'MISSING_PAGINATION_BOUNDARIES'
  | 'EXCESSIVE_PAGINATION'
  | 'INVALID_CURSOR_ARGUMENTS'
  | 'ARGUMENT_LIMIT'
  | 'MAX_NODE_LIMIT_EXCEEDED'
  | 'RESOURCE_LIMITS_EXCEEDED'
  | 'TIMEOUT'
  | 'UNPROCESSABLE'
  | 'RATE_LIMITED'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL';

/** A refusal of a query or of a field of it. */
export class GraphError extends Error {
  constructor(
    readonly type: GraphErrorType,
    message: string,
  ) {
    super(message);
    this.name = 'GraphError';
  }
}

/** One failure of an answer, in GitHub's shape. */
export interface RenderedGraphError {
  readonly type?: GraphErrorType;
  readonly path?: ReadonlyArray<string | number>;
  readonly locations?: ReadonlyArray<{ readonly line: number; readonly column: number }>;
  readonly message: string;
}

const typeOfCode: Partial<Record<ErrorCode, GraphErrorType>> = {
  unauthenticated: 'FORBIDDEN',
  credentials_invalid: 'FORBIDDEN',
  otp_required: 'FORBIDDEN',
  forbidden: 'FORBIDDEN',
  not_found: 'NOT_FOUND',
  rate_limited: 'RATE_LIMITED',
  internal: 'INTERNAL',
  unavailable: 'SERVICE_UNAVAILABLE',
  storage_unavailable: 'SERVICE_UNAVAILABLE',
  deadline_exceeded: 'TIMEOUT',
};

/** What the caller sees of a failure. A bug shows nothing of itself but the request id to look it up by. */
export function renderGraphError(error: unknown, requestId: string): RenderedGraphError {
  const { cause, place } = unwrap(error);
  if (cause instanceof GraphQLError) return { ...place, message: cause.message };
  if (cause instanceof GraphError) return { type: cause.type, ...place, message: cause.message };
  if (cause instanceof DomainError && cause.code !== 'internal')
    return { type: typeOfCode[cause.code] ?? 'UNPROCESSABLE', ...place, message: cause.message };
  return {
    type: 'INTERNAL',
    ...place,
    message: `Something went wrong while executing your query. The log has the reason under ${requestId}.`,
  };
}

/** True for a failure that is nobody's mistake but ours. */
export function isBug(error: unknown): boolean {
  const { cause } = unwrap(error);
  if (cause instanceof GraphQLError || cause instanceof GraphError) return false;
  return !(cause instanceof DomainError) || cause.code === 'internal';
}

function unwrap(error: unknown): { cause: unknown; place: Pick<RenderedGraphError, 'path' | 'locations'> } {
  if (!(error instanceof GraphQLError)) return { cause: error, place: {} };
  const { path, locations, originalError } = error;
  const place = { ...(path ? { path } : {}), ...(locations ? { locations } : {}) };
  return { cause: originalError ?? error, place };
}
