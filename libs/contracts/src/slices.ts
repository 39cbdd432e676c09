import { z } from 'zod';

/** Which part of a list that is shown in numbered pages: GitHub's `page` and `per_page`, as the database counts. */
export const slice = {
  offset: z.number().int().min(0).max(1_000_000).default(0),
  limit: z.number().int().min(1).max(100).default(30),
};

/** A part of such a list, and how long the whole of it is. */
export function sliceOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), total: z.number().int() });
}
