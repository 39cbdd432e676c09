import type { NearVersion } from '../persistence/relation.repository';

/** What a deletion takes, and what stands against it. */
export interface Doomed {
  /** The named ones and the parts that go with them, in order of publication. */
  readonly versions: readonly NearVersion[];
  /** A named one that something live still needs, with the ids of that; null: nothing is in the way. */
  readonly blocked: {
    readonly version: NearVersion;
    readonly holders: readonly string[];
    readonly subjects: readonly string[];
  } | null;
}

/**
 * Of the versions near the named ones those that go with them: untagged, and contained by or about nothing that stays.
 * Begins with all and takes out what stays, and what hangs on that, so that cycles and any order come out right.
 * `keepParts`: a named one that is about something that stays is in the way as well.
 */
export function findDoomed(
  near: readonly NearVersion[],
  named: ReadonlySet<string>,
  keepParts: boolean,
): Doomed {
  const doomed = new Set(near.map(({ id }) => id));
  const hanging = new Map<string, string[]>();
  const staying: string[] = [];
  for (const { id, isTagged, holders, subjects } of near) {
    if (named.has(id)) continue;
    const needs = [...holders, ...subjects];
    for (const other of needs) {
      const those = hanging.get(other);
      if (those) those.push(id);
      else hanging.set(other, [id]);
    }
    if (isTagged || needs.some((other) => !doomed.has(other))) staying.push(id);
  }
  for (let id = staying.pop(); id !== undefined; id = staying.pop())
    if (doomed.delete(id)) staying.push(...(hanging.get(id) ?? []));
  return {
    versions: near.filter(({ id }) => doomed.has(id)),
    blocked: findBlocked(near, named, doomed, keepParts),
  };
}

function findBlocked(
  near: readonly NearVersion[],
  named: ReadonlySet<string>,
  doomed: ReadonlySet<string>,
  keepParts: boolean,
): Doomed['blocked'] {
  const stays = (id: string): boolean => !doomed.has(id);
  for (const version of near) {
    if (!named.has(version.id)) continue;
    const holders = version.holders.filter(stays);
    const subjects = keepParts && version.isPart ? version.subjects.filter(stays) : [];
    if (holders.length > 0 || subjects.length > 0) return { version, holders, subjects };
  }
  return null;
}
