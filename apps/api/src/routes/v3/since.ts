import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { queryOf, renderLinks } from '../../rest/links';
import { pagingQuery } from '../../rest/paging';

/** Lists of everything are paged by the id of the last one seen. */
export const sinceQuery = z.object({
  since: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .catch(0)
    .meta({ description: 'Only ids greater than this.', override: { type: 'integer', default: 0 } }),
  per_page: pagingQuery.shape.per_page,
});

/** The Link header of such a page: there may be more when it is full. */
export function sinceLinks(
  request: FastifyRequest,
  items: ReadonlyArray<{ readonly number: number }>,
  limit: number,
): Record<string, string> {
  const last = items.at(-1);
  return renderLinks({
    ...(items.length === limit && last ? { next: queryOf(request, { since: String(last.number) }) } : {}),
    first: queryOf(request, { since: null }),
  });
}
