import { z } from 'zod';
import { actor, cursor, id, isoTime, nothing, page } from './common';
import { operation } from './define-contract';

/** The full name of a package that nobody may make again: format, login of its owner then, and its name. */
export const retiredName = z.object({
  id,
  format: z.string(),
  login: z.string(),
  name: z.string(),
  retiredAt: isoTime,
});
export type RetiredName = z.infer<typeof retiredName>;

/**
 * Names of widely used packages whose owner was renamed or deleted (spec P-30, P-31). Others would otherwise be given
 * what people believe to get from the former owner. The package itself, wherever it is now, may come back to its name.
 */
export const retiredNameOperations = {
  /** In order of login, format and name; of one former login or (null) of all. */
  listRetiredNames: operation(
    z.object({
      login: z.string().max(100).nullable().default(null),
      cursor,
      limit: z.number().int().min(1).max(100).default(50),
    }),
    page(retiredName),
  ),
  /** Names, a few of them, that packages of this owner would take away from others if its login became this one. */
  findRetiredNames: operation(
    z.object({ ownerId: id, oldLogin: z.string().max(100), login: z.string().max(100) }),
    z.object({ items: z.array(retiredName) }),
  ),
  /** Lets the name be used again: for administrators. Rejects `not_found`. */
  freeRetiredName: operation(z.object({ retiredNameId: id, actor }), nothing),
} as const;
