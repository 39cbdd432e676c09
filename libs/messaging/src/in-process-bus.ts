import { DomainError, isDomainError } from '@packhouse/kernel';
import type { Bus } from './bus';
import type { HandlerTable } from './handler-table';
import { encodeMessage } from './wire';

/** The bus of a process that runs every service: calls the handler's method, through JSON and under a deadline as a network would. */
export class InProcessBus implements Bus {
  readonly answersAreChecked = true;
  private table: HandlerTable | null = null;

  /** Begins to answer from `table`; until then every call is `unavailable`. */
  open(table: HandlerTable): void {
    this.table = table;
  }

  close(): void {
    this.table = null;
  }

  async call(pattern: string, payload: unknown, deadlineMs: number): Promise<unknown> {
    const request = encodeMessage(payload, `request of ${pattern}`);
    const table = this.table;
    if (!table?.has(pattern))
      throw new DomainError('unavailable', `No service answers ${pattern} at the moment: try again.`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new DomainError(
              'deadline_exceeded',
              `${pattern} did not answer within ${deadlineMs} ms: try again.`,
            ),
          ),
        deadlineMs,
      );
    });
    try {
      const answer = await Promise.race([table.invoke(pattern, JSON.parse(request)), late]);
      return JSON.parse(encodeMessage(answer, `answer of ${pattern}`)) as unknown;
    } catch (error) {
      throw asReceived(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The error as a caller in another process would see it: code, message and details, never the cause. */
function asReceived(error: unknown): DomainError {
  if (!isDomainError(error)) return new DomainError('internal', undefined, {}, { cause: error });
  return DomainError.from(JSON.parse(JSON.stringify(error)) as ReturnType<DomainError['toJSON']>);
}
