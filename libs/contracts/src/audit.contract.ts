import { z } from 'zod';
import { id, isoTime, nothing } from './common';
import { defineContract, operation, type Client } from './define-contract';
import { maintenanceOperations } from './maintenance';

/** One thing that somebody did. Names are those of the time when it was done. */
export const auditEntry = z.object({
  /** Of the event that told it. */
  id,
  at: isoTime,
  /** GitHub's name where it has one (`packages.package_published`, `org.add_member`), or one made like them. */
  action: z.string(),
  actorId: id.nullable(),
  /** Null: the system itself, or who reads without signing in. */
  actor: z.string().nullable(),
  tokenId: id.nullable(),
  address: z.string().nullable(),
  requestId: z.string().nullable(),
  ownerId: id.nullable(),
  owner: z.string().nullable(),
  repositoryId: id.nullable(),
  /** OWNER/NAME. */
  repository: z.string().nullable(),
  packageId: id.nullable(),
  package: z.string().nullable(),
  version: z.string().nullable(),
  format: z.string().nullable(),
  /** What was so before, as far as the log knows. */
  before: z.record(z.string(), z.unknown()).nullable(),
  /** What the event said. Never a secret. */
  data: z.record(z.string(), z.unknown()),
});
export type AuditEntry = z.infer<typeof auditEntry>;

const text = z.string().max(300).nullable().default(null);

/** All given filters must match. */
export const auditFilter = z.object({
  ownerId: id.nullable().default(null),
  /** Login, in any case. */
  actor: text,
  /** Exact, or with `*` for any run of characters. */
  action: text,
  package: text,
  repository: text,
  tokenId: id.nullable().default(null),
  requestId: text,
  from: isoTime.nullable().default(null),
  to: isoTime.nullable().default(null),
  /** As GitHub's search: words, and `actor:`, `action:`, `org:`, `repo:`, `package:`, `ip:`, `created:` with values. */
  phrase: z.string().max(1000).default(''),
});
export type AuditFilter = z.infer<typeof auditFilter>;

/** One read of a package, as the gateway that answered it saw it. Names are those of the time when it was read. */
export const packageRead = z.object({
  /** Becomes the entry's: a read that is told twice is one entry. */
  id,
  at: isoTime,
  /** `download`: bytes of a file were handed out; `read`: what is known of the package. */
  kind: z.enum(['download', 'read']),
  /** Null: nobody signed in. */
  accountId: id.nullable(),
  login: z.string().max(300).nullable(),
  tokenId: id.nullable(),
  address: z.string().max(100),
  requestId: z.string().max(100),
  ownerId: id,
  owner: z.string().max(300),
  repositoryId: id.nullable(),
  packageId: id,
  package: z.string().max(1000),
  format: z.string().max(100),
  version: z.string().max(1000).nullable(),
  file: z.string().max(1000).nullable(),
});
export type PackageRead = z.infer<typeof packageRead>;

/** Who did what: written from the events of all services, never changed afterwards. */
export const auditContract = defineContract('audit', {
  ...maintenanceOperations,
  /** Durable when it answers. */
  recordReads: operation(z.object({ reads: z.array(packageRead).min(1).max(500) }), nothing),
  /** A page after or before a cursor (neither: the first); fewer than `limit` when they would not fit a message. */
  listEntries: operation(
    auditFilter.extend({
      order: z.enum(['desc', 'asc']).default('desc'),
      after: text,
      before: text,
      limit: z.number().int().min(1).max(500).default(100),
    }),
    z.object({
      items: z.array(auditEntry),
      /** For the page that follows; null: there is none. */
      after: z.string().nullable(),
      /** For the page before. */
      before: z.string().nullable(),
    }),
  ),
});

export type AuditClient = Client<typeof auditContract>;
