/** One page of a list that is read by cursor: `next` is null on the last page. */
export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}

/** Walks every page of a cursor list; the caller decides when to stop. */
export async function* eachPage<T>(read: (cursor: string | null) => Promise<Page<T>>): AsyncGenerator<T[]> {
  let cursor: string | null = null;
  do {
    const page: Page<T> = await read(cursor);
    yield page.items;
    cursor = page.next;
  } while (cursor !== null);
}
