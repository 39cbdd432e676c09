import type { PoolClient, QueryResult } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

/** What TypeORM keeps of a transaction, so that `save()` opens none of its own and a nested one is a savepoint. */
interface RunnerState {
  isTransactionActive: boolean;
  transactionDepth: number;
  releasePostgresConnection(error?: unknown): Promise<void>;
}

const open = new WeakMap<QueryRunner, PipelinedTransaction>();

/** The transaction that a manager belongs to. */
export function transactionOf({ queryRunner }: EntityManager, statement: string): PipelinedTransaction {
  const transaction = queryRunner && open.get(queryRunner);
  if (!transaction) throw new Error(`The statement "${statement}" was run outside a transaction.`);
  return transaction;
}

/**
 * Runs `work` in one transaction. Statements go out without waiting for the answers of those before them, as the
 * server takes them in order: START travels with the first statement of `work`, COMMIT with the last ones.
 */
export async function runTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    const client = (await runner.connect()) as PoolClient;
    const transaction = new PipelinedTransaction(client, runner as QueryRunner & RunnerState);
    open.set(runner, transaction);
    transaction.start();
    const result = await work(runner.manager).catch((error: unknown) => transaction.abandon(error));
    await transaction.commit();
    return result;
  } finally {
    open.delete(runner);
    await runner.release();
  }
}

/** One transaction on one connection. */
export class PipelinedTransaction {
  /** The first failure of a statement that nobody waited for. */
  private failure: Error | null = null;

  constructor(
    readonly client: PoolClient,
    private readonly runner: QueryRunner & RunnerState,
  ) {}

  start(): void {
    this.batch();
    this.client.query('START TRANSACTION').catch((error: Error) => {
      this.note(error);
      // No transaction: whatever would follow on this connection would count at once. It is let go, nothing follows.
      void this.runner.releasePostgresConnection(error);
    });
    this.runner.isTransactionActive = true;
    this.runner.transactionDepth = 1;
  }

  /** Sends a statement without waiting. When it fails, the transaction fails with its error. */
  send(name: string, text: string, parameters: readonly unknown[]): void {
    this.batch();
    this.client.query({ name, text, values: [...parameters] }).catch((error: Error) => this.note(error));
  }

  /** Keeps what is sent from here to the end of this turn together: one write, and the server wakes once. */
  batch(): void {
    const { stream } = this.client.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  async commit(): Promise<void> {
    this.batch();
    // By then `pg` has told of statements that it refused to send at all: the server would commit without them.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    if (this.failure !== null) return this.abandon(this.failure);
    const { command } = await this.finish('COMMIT').catch((error: Error) => {
      throw this.failure ?? error;
    });
    this.throwFailure();
    // Postgres answers COMMIT with a quiet rollback after a failed statement; `work` must not pass that off as success.
    if (command === 'ROLLBACK')
      throw new Error('A statement of this transaction failed and its error was swallowed.');
  }

  /** Undoes everything, and rejects with the failure that was the first. */
  async abandon(error: unknown): Promise<never> {
    await this.finish('ROLLBACK').catch(() => undefined);
    throw this.failure ?? error;
  }

  private finish(command: 'COMMIT' | 'ROLLBACK'): Promise<QueryResult> {
    this.runner.isTransactionActive = false;
    this.runner.transactionDepth = 0;
    return this.client.query(command);
  }

  private throwFailure(): void {
    if (this.failure !== null) throw this.failure;
  }

  private note(error: Error): void {
    this.failure ??= error;
  }
}
