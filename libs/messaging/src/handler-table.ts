import type { Contract, Operation } from '@packhouse/contracts';
import { DomainError, errorTable, isDomainError } from '@packhouse/kernel';
import type { Logger } from '@packhouse/observability';
import { listFaults } from './bus';
import type { DiscoveredHandler } from './handler-discovery';

interface Entry {
  readonly operation: Operation;
  readonly call: (payload: unknown) => unknown;
}

/** The operations that this process answers. Both transports end here, so both validate and fail alike. */
export class HandlerTable {
  private readonly entries: ReadonlyMap<string, Entry>;

  constructor(
    contracts: readonly Contract[],
    handlers: readonly DiscoveredHandler[],
    private readonly logger: Logger,
  ) {
    const calls = new Map(
      handlers.filter(({ kind }) => kind === 'operation').map(({ pattern, call }) => [pattern, call]),
    );
    this.entries = new Map(
      contracts.flatMap(({ service, operations }) =>
        Object.entries(operations).flatMap(([name, operation]): Array<[string, Entry]> => {
          const call = calls.get(`${service}.${name}`);
          return call ? [[`${service}.${name}`, { operation, call }]] : [];
        }),
      ),
    );
  }

  has(pattern: string): boolean {
    return this.entries.has(pattern);
  }

  /**
   * Calls the handler of `pattern` with the validated payload and answers what the contract says, nothing more.
   * Rejects with DomainError only; anything else that a handler throws is logged here and becomes `internal`.
   */
  async invoke(pattern: string, payload: unknown): Promise<unknown> {
    try {
      const entry = this.entries.get(pattern);
      if (!entry) throw new DomainError('unavailable', `Nothing answers ${pattern}.`);
      const request = entry.operation.request.safeParse(payload);
      if (!request.success)
        throw new DomainError('invalid_request', `The request is not valid: ${listFaults(request.error)}.`, {
          fields: fieldsOf(request.error.issues),
        });
      const response = entry.operation.response.safeParse(await entry.call(request.data));
      if (!response.success)
        throw new Error(`The answer does not fit the contract: ${listFaults(response.error)}`);
      return response.data;
    } catch (error) {
      throw this.report(pattern, error);
    }
  }

  private report(pattern: string, error: unknown): DomainError {
    if (isDomainError(error)) {
      this.logger[errorTable[error.code].level](
        { pattern, code: error.code, ...(error.cause ? { err: error.cause } : {}) },
        error.message,
      );
      return error;
    }
    this.logger.error({ pattern, err: error }, 'A message handler failed');
    return new DomainError('internal', undefined, {}, { cause: error });
  }
}

function fieldsOf(
  issues: ReadonlyArray<{ path: readonly PropertyKey[]; message: string }>,
): Array<{ field: string; problem: string }> {
  return issues
    .slice(0, 10)
    .map(({ path, message }) => ({ field: path.map(String).join('.'), problem: message }));
}
