import { z } from 'zod';

/** Pages of our own API: by cursor. */
export const pageQuery = z.object({
  cursor: z.string().nullable().default(null),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

/** What our own API answers for a list. */
export function pageAnswer<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}
