import { z } from 'zod';
import { readable } from './auth.schemas';
import { id, visibility } from './common';
import { operation } from './define-contract';
import { packageSummary, pagedPackage, versionSummary } from './metadata.schemas';

/** Deleted ones are listed while they can be restored. */
const state = z.enum(['active', 'deleted']).default('active');
const offset = z.number().int().min(0).max(10_000).default(0);
const limit = z.number().int().min(0).max(100).default(30);
/** Counting stops here, so that the cost does not grow with what is there; null counts all. */
const countUpTo = z.number().int().min(0).nullable().default(10_000);

/** Packages of these owners or of a repository; only what `readable` (or being public) shows. */
const packageList = z.object({
  ownerIds: z.array(id).min(1).max(100).nullable().default(null),
  repositoryId: id.nullable().default(null),
  formats: z.array(z.string()).max(50).nullable().default(null),
  visibility: visibility.nullable().default(null),
  /** As published or as the API writes them. */
  names: z.array(z.string()).max(100).nullable().default(null),
  readable,
  state,
  orderBy: z.enum(['created', 'name']).default('created'),
  direction: z.enum(['asc', 'desc']).default('desc'),
  offset,
  limit,
  countUpTo,
});

/** Names what the items of a page say, in their order: equal marks, equal items. */
const pageMark = z.string();

/** Lists for people and their tools. Their cost grows with the page, never with what is stored. */
export const packageListOperations = {
  /** Who knows a page by its mark names it as `known`: it comes without items while it is the same. */
  listPackagesOf: operation(
    packageList.extend({ known: pageMark.nullable().default(null) }),
    z.object({ total: z.number().int(), mark: pageMark, items: z.array(pagedPackage) }),
  ),
  findPackageByNumber: operation(
    z.object({ number: z.number().int(), state }),
    z.object({ package: packageSummary.nullable() }),
  ),
  /** By the name that the API writes, or the one it was published under; of several deleted ones the latest. */
  findPackageByApiName: operation(
    z.object({ ownerId: id, formats: z.array(z.string()).max(50), name: z.string(), state }),
    z.object({ package: packageSummary.nullable() }),
  ),
  summarizePackages: operation(
    z.object({ ids: z.array(id).max(100) }),
    z.object({ packages: z.array(packageSummary) }),
  ),
  /**
   * Newest first; long texts (a readme) are left out. Of a deleted package its versions are listed as deleted. Without
   * `parts` one version stands for all that belongs to it.
   */
  listVersionsOf: operation(
    z.object({ packageId: id, state, parts: z.boolean().default(false), offset, limit, countUpTo }),
    z.object({ total: z.number().int(), items: z.array(versionSummary) }),
  ),
  /** `packageId`: only if it belongs to that package. */
  findVersionByNumber: operation(
    z.object({ number: z.number().int(), packageId: id.nullable().default(null), state }),
    z.object({ version: versionSummary.nullable() }),
  ),
  /** Live versions by id, texts included. */
  getVersions: operation(
    z.object({ ids: z.array(id).max(20) }),
    z.object({ versions: z.array(versionSummary) }),
  ),
} as const;
