const CONCURRENCY = 24;

/** Runs `work` for every item, many at a time. */
export async function eachAtOnce<T>(
  items: readonly T[],
  work: (item: T, serial: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < items.length) {
      const serial = next++;
      await work(items[serial]!, serial);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, run));
}
