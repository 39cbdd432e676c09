import type { ServiceDatabase } from '@packhouse/database';
import { waitUntil } from '@packhouse/testing';

/**
 * Watches the looks of workers at their table. What it gives lets the next look fail and resolves once it has: such a
 * worker does not look again before its longest time between two looks, unless it is woken.
 */
export function watchLooks(database: ServiceDatabase): () => Promise<void> {
  let fails = false;
  let looks = 0;
  const query = database.query.bind(database);
  jest.spyOn(database, 'query').mockImplementation((sql, parameters, name) => {
    if (name !== 'job-claim') return query(sql, parameters, name);
    looks += 1;
    return fails ? Promise.reject(new Error('The table cannot be read.')) : query(sql, parameters, name);
  });
  return async () => {
    const before = looks;
    fails = true;
    await waitUntil('a look fails', () => looks > before, { everyMs: 10 });
    fails = false;
  };
}
