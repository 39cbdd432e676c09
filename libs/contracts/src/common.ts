import { z } from 'zod';

export const id = z.uuid();
export const isoTime = z.iso.datetime();
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const nothing = z.object({});

export const visibility = z.enum(['public', 'private', 'internal']);
export type Visibility = z.infer<typeof visibility>;

export const packageRole = z.enum(['read', 'write', 'admin']);
export type PackageRole = z.infer<typeof packageRole>;

/** Whether packages belong to an owner or to a repository of one. */
export const packageScope = z.enum(['owner', 'repository']);
export type PackageScope = z.infer<typeof packageScope>;

/** Digests of a file, lower-case hex. */
export const digests = z.object({
  sha256,
  md5: z.string().optional(),
  sha1: z.string().optional(),
  sha512: z.string().optional(),
});

/** A page request by cursor: opaque text from the page before, or null for the first. */
export const cursor = z.string().nullable().default(null);

export function page<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** Short machine-readable facts about a package or a version; values are text, often JSON, written and read by its gateway. */
export const properties = z.record(z.string(), z.string());

/** Who did something and from where, for the record. */
export const actor = z.object({
  accountId: id,
  login: z.string(),
  tokenId: id.nullable().default(null),
  address: z.string().max(100).nullable().default(null),
  requestId: z.string().max(100).nullable().default(null),
});
export type Actor = z.infer<typeof actor>;

/** Time for the sum over all that an owner stores, in milliseconds as all of these. */
export const MEASURE_MS = 10_000;
/** Time for a reservation: the sum may be taken again, and the owner is asked for by name. */
export const RESERVE_MS = 2 * MEASURE_MS + 5_000;
