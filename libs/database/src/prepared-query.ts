import type { PoolClient } from 'pg';
import type { EntityManager } from 'typeorm';

/**
 * A statement of the caller's transaction that every connection parses and plans once: for the statements of hot
 * paths, whose planning costs more than their work. `name` stands for exactly this text.
 */
export async function queryPrepared<Row>(
  manager: EntityManager,
  name: string,
  text: string,
  parameters: readonly unknown[],
): Promise<Row[]> {
  if (!manager.queryRunner) throw new Error(`The statement "${name}" was run outside a transaction.`);
  const connection = (await manager.queryRunner.connect()) as PoolClient;
  const { rows } = await connection.query({ name, text, values: [...parameters] });
  return rows as Row[];
}
