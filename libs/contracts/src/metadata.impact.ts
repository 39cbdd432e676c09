import { z } from 'zod';
import { readable } from './auth.schemas';
import { id } from './common';
import { operation } from './define-contract';
import { packageFacts } from './metadata.schemas';

/** Who would miss a package, or one of its versions, if it went. */
export const impactOperations = {
  /** Live versions of readable packages that need this one; those that speak for their package first. */
  findDependents: operation(
    z.object({
      format: z.string(),
      nameKey: z.string(),
      readable,
      offset: z.number().int().min(0).max(10_000).default(0),
      limit: z.number().int().min(1).max(100).default(30),
    }),
    z.object({
      /** Counted up to 10,000. */
      total: z.number().int(),
      items: z.array(
        z.object({
          package: packageFacts,
          versionId: id,
          version: z.string(),
          isLatest: z.boolean(),
          requirement: z.string(),
          kind: z.string(),
        }),
      ),
    }),
  ),
  /** Who downloaded a package or (not null) one version since a day, the most eager first; null: not known. */
  listDownloaders: operation(
    z.object({
      packageId: id,
      versionId: id.nullable().default(null),
      from: z.iso.date(),
      limit: z.number().int().min(1).max(500).default(100),
    }),
    z.object({
      /** Of all, also of those beyond the limit. */
      total: z.number().int(),
      items: z.array(
        z.object({
          accountId: id.nullable(),
          tokenId: id.nullable(),
          repositoryId: id.nullable(),
          count: z.number().int(),
          lastDay: z.iso.date(),
        }),
      ),
    }),
  ),
} as const;
