import { DomainError } from '@packhouse/kernel';
import { z } from 'zod';
import { Answer } from './answer';
import { queryOf, renderLinks, type Links } from './links';
import type { OperationInput } from './operation';

const PER_PAGE = 30;
const MOST_PER_PAGE = 100;
/** Spec M-21: nobody reads further than this by page numbers. */
const DEEPEST = 10_000;

const perPage = z.coerce
  .number()
  .int()
  .min(1)
  .catch(PER_PAGE)
  .transform((count) => Math.min(count, MOST_PER_PAGE))
  .meta({
    description: `Results on a page, at most ${MOST_PER_PAGE}.`,
    override: { type: 'integer', default: PER_PAGE },
  });

/** `page` and `per_page`, as GitHub reads them: what is no number is the default, too many are the most. */
export const pagingQuery = z.object({
  page: z.coerce
    .number()
    .int()
    .min(1)
    .catch(1)
    .meta({ description: 'Number of the page.', override: { type: 'integer', default: 1 } }),
  per_page: perPage,
});
export type PagingQuery = z.output<typeof pagingQuery>;

/** `before`, `after` and `per_page`: pages by cursor. */
export const cursorQuery = z.object({
  after: z.string().max(500).optional().meta({ description: 'Cursor from the Link header: what follows.' }),
  before: z
    .string()
    .max(500)
    .optional()
    .meta({ description: 'Cursor from the Link header: what comes before.' }),
  per_page: perPage,
});
export type CursorQuery = z.output<typeof cursorQuery>;

/** Where a page begins and how long it is, for a list that counts. Rejects `invalid_request` beyond the depth of M-21. */
export function pageWindow({ page, per_page: limit }: PagingQuery): { offset: number; limit: number } {
  if (page * limit > DEEPEST)
    throw new DomainError(
      'invalid_request',
      `Only the first ${DEEPEST} results can be listed: page times per_page is more.`,
    );
  return { offset: (page - 1) * limit, limit };
}

/** A page of a list whose length is known, with its Link header. */
export function pageOf(
  { query, request }: OperationInput<unknown, PagingQuery>,
  items: unknown,
  { total }: { total: number },
): Answer {
  const last = Math.max(1, Math.ceil(Math.min(total, DEEPEST) / query.per_page));
  const at = (page: number) => queryOf(request, { page: String(page), per_page: String(query.per_page) });
  const links: Links = {
    ...(query.page > 1 ? { prev: at(Math.min(query.page - 1, last)) } : {}),
    ...(query.page < last ? { next: at(query.page + 1), last: at(last) } : {}),
    ...(query.page > 1 ? { first: at(1) } : {}),
  };
  return new Answer(null, items, renderLinks(links));
}

/** A page of a list by cursors, with its Link header; null: nothing there. */
export function cursorPageOf(
  { request }: OperationInput<unknown, CursorQuery>,
  items: unknown,
  { after, before }: { after: string | null; before: string | null },
): Answer {
  const links: Links = {
    ...(after === null ? {} : { next: queryOf(request, { after, before: null }) }),
    ...(before === null ? {} : { prev: queryOf(request, { before, after: null }) }),
    ...(before === null ? {} : { first: queryOf(request, { before: null, after: null }) }),
  };
  return new Answer(null, items, renderLinks(links));
}
