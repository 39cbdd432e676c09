import type { RunningPlatform } from '@packhouse/testing';

/** The status that each replica answers to the same question. */
export function statusEverywhere(
  { replicas }: RunningPlatform,
  path: string,
  authorization: string,
): Promise<number[]> {
  return Promise.all(
    replicas.map(async (url) => (await fetch(url + path, { headers: { authorization } })).status),
  );
}

/** This of every replica. */
export function onEvery({ replicas }: RunningPlatform, status: number): number[] {
  return replicas.map(() => status);
}
