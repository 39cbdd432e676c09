import type { EntityManager } from 'typeorm';
import { transactionOf } from './pipelined-transaction';

/**
 * A statement of the caller's transaction that every connection parses and plans once: for the statements of hot
 * paths, whose planning costs more than their work. `name` stands for exactly this text. Several that are asked
 * together (`Promise.all`) run in that order, each with its own snapshot, for one round trip.
 */
export async function queryPrepared<Row>(
  manager: EntityManager,
  name: string,
  text: string,
  parameters: readonly unknown[],
): Promise<Row[]> {
  const transaction = transactionOf(manager, name);
  transaction.batch();
  const { rows } = await transaction.client.query({ name, text, values: [...parameters] });
  return rows as Row[];
}

/**
 * Sends a statement whose answer the caller does not need: the last ones of a transaction, which travel with its
 * COMMIT. When it fails, the transaction rejects with its error and is rolled back whole.
 */
export function sendPrepared(
  manager: EntityManager,
  name: string,
  text: string,
  parameters: readonly unknown[],
): void {
  transactionOf(manager, name).send(name, text, parameters);
}
