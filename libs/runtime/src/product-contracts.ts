import * as exported from '@packhouse/contracts';
import type { Contract } from '@packhouse/contracts';

/**
 * Every contract of the product, found by being exported from the contracts library: a process that runs one service
 * needs the clients of all the others without knowing their code.
 */
export const productContracts: readonly Contract[] = Object.values<unknown>(exported).filter(isContract);

function isContract(value: unknown): value is Contract {
  return typeof value === 'object' && value !== null && 'service' in value && 'operations' in value;
}
