import { DomainError } from '@packhouse/kernel';
import type { AuthClient } from './auth.contract';
import { readableKinds, type ListedElsewhere, type Readable, type ReadableIds } from './auth.schemas';

/** Rights that change in the middle of reading are read again, so often. */
const MAX_TRIES = 5;

/** All ids of a `readable` that holds them elsewhere, with the key that they had. */
export interface FoundReadableIds {
  readonly key: string;
  readonly ids: ReadableIds;
}

/** Reads ids part by part. Rejects `unavailable` when they change faster than they are read. */
export async function findReadableIds(
  auth: Pick<AuthClient, 'listReadableIds'>,
  of: ListedElsewhere,
): Promise<FoundReadableIds> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const found = await readAll(auth, of);
    if (found) return found;
  }
  throw new DomainError('unavailable', 'What you may read is being changed by others: try again.');
}

/** Null when the ids changed between two parts. */
async function readAll(
  auth: Pick<AuthClient, 'listReadableIds'>,
  of: ListedElsewhere,
): Promise<FoundReadableIds | null> {
  const lists = Object.fromEntries(readableKinds.map((kind) => [kind, [] as string[]])) as ReadableIds;
  let key: string | null = null;
  let from: number | null = 0;
  while (from !== null) {
    const part: Awaited<ReturnType<AuthClient['listReadableIds']>> = await auth.listReadableIds({ of, from });
    key ??= part.key;
    if (part.key !== key) return null;
    for (const kind of readableKinds) for (const id of part[kind]) lists[kind].push(id);
    from = part.next;
  }
  return { key: key ?? of.key, ids: lists };
}

/** The same conditions with their ids at hand. */
export async function completeReadable(
  auth: Pick<AuthClient, 'listReadableIds'>,
  readable: Readable,
): Promise<Readable> {
  if (readable.elsewhere === null) return readable;
  const { ids } = await findReadableIds(auth, readable.elsewhere);
  return { ...readable, ...ids, elsewhere: null };
}
