import type { Logger } from '@packhouse/observability';

/** Removals at a time. */
const HANDS = 16;

/** What became of each. */
export interface Removal<T> {
  readonly removed: readonly T[];
  readonly kept: number;
  readonly failed: number;
}

/** Removes what `remove` does not say false of; one that cannot be removed never stops the others. */
export async function removeEach<T extends object>(
  items: readonly T[],
  remove: (item: T) => Promise<boolean>,
  logger: Logger,
): Promise<Removal<T>> {
  const waiting = [...items];
  const removed: T[] = [];
  let kept = 0;
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      try {
        if (await remove(next)) removed.push(next);
        else kept += 1;
      } catch (error) {
        logger.error({ ...next, cause: String(error) }, 'Unused content could not be removed');
      }
    }
  };
  await Promise.all(Array.from({ length: HANDS }, work));
  return { removed, kept, failed: items.length - removed.length - kept };
}
