import { findSqlState } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';

const uniqueViolation = '23505';

/** Runs a change that gives something a name. The unique index decides between two who take it at the same moment. */
export async function refuseTaken<T>(sentence: string, change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (findSqlState(error) !== uniqueViolation) throw error;
    throw new DomainError('name_taken', sentence, {}, { cause: error });
  }
}
