import { z } from 'zod';
import { readable } from './auth.schemas';
import { id } from './common';
import { operation } from './define-contract';

/** The names of all packages of a format that a caller may read: what registries with a catalog list. */
export const packageNameOperations = {
  /** Whose they are, in order of id. */
  listPackageOwners: operation(
    z.object({
      format: z.string(),
      readable,
      after: id.nullable().default(null),
      limit: z.number().int().min(1).max(10_000).default(10_000),
    }),
    z.object({ ownerIds: z.array(id), isEnd: z.boolean() }),
  ),
  /** `LOGIN/NAME` of packages of these owners in byte order, from just behind `after`, which need not be there. */
  listPackageNames: operation(
    z.object({
      format: z.string(),
      readable,
      owners: z.array(z.object({ id, login: z.string().max(100) })).max(200),
      after: z.string().max(2000).nullable().default(null),
      limit: z.number().int().min(1).max(1000),
    }),
    z.object({ names: z.array(z.string()), isEnd: z.boolean() }),
  ),
} as const;
