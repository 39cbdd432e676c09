import { setTimeout as wait } from 'node:timers/promises';

/** Resolves as soon as `condition` holds. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 10_000,
): Promise<void> {
  for (const end = Date.now() + limitMs; !(await condition()); await wait(10)) {
    if (Date.now() > end) throw new Error(`Waited ${limitMs} ms in vain until ${what}`);
  }
}
