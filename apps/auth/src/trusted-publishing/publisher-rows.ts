import type { PackageRole, TrustedPublisher } from '@packhouse/contracts';
import type { ServiceDatabase } from '@packhouse/database';
import type { EntityManager } from 'typeorm';
import type { Candidate } from './choose-publisher';

interface PublisherRow {
  id: string;
  ownerId: string;
  repositoryId: string | null;
  repositoryName: string | null;
  packageName: string | null;
  format: string | null;
  issuer: string;
  audience: string | null;
  claims: Record<string, string>;
  role: PackageRole;
  createdBy: string | null;
  createdAt: Date;
  lastUsedAt: Date | null;
}

const columns = `
  SELECT p.id, p.owner_id AS "ownerId", p.repository_id AS "repositoryId", r.name AS "repositoryName",
         p.package_name AS "packageName", p.format, p.issuer, p.audience, p.claims, p.role,
         creator.login AS "createdBy", p.created_at AS "createdAt", p.last_used_at AS "lastUsedAt"
  FROM trusted_publishers p
  LEFT JOIN repositories r ON r.id = p.repository_id
  LEFT JOIN accounts creator ON creator.id = p.created_by`;

interface PublisherQuery {
  readonly ownerId: string;
  /** Only of this repository, or for this package. */
  readonly of: { repositoryId: string } | { packageName: string; format: string } | null;
  readonly before: string | null;
  readonly limit: number;
}

/** Publishers of an owner, newest first. */
export async function listPublisherRows(
  database: ServiceDatabase,
  { ownerId, of, before, limit }: PublisherQuery,
): Promise<TrustedPublisher[]> {
  const repositoryId = of && 'repositoryId' in of ? of.repositoryId : null;
  const named = of && 'packageName' in of ? of : null;
  const rows = await database.query<PublisherRow>(
    `${columns} WHERE p.owner_id = $1 AND ($2::uuid IS NULL OR p.id < $2)
       AND ($4::uuid IS NULL OR p.repository_id = $4)
       AND ($5::text IS NULL OR (lower(p.package_name) = lower($5) AND p.format = $6 AND p.repository_id IS NULL))
     ORDER BY p.id DESC LIMIT $3`,
    [ownerId, before, limit, repositoryId, named?.packageName ?? null, named?.format ?? null],
  );
  return rows.map(toPublisher);
}

export async function getPublisherRow(manager: EntityManager, id: string): Promise<TrustedPublisher | null> {
  const [row] = await manager.query<PublisherRow[]>(`${columns} WHERE p.id = $1`, [id]);
  return row ? toPublisher(row) : null;
}

function toPublisher(row: PublisherRow): TrustedPublisher {
  return {
    ...row,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}

/** Those of one owner for one issuer. A repository that has moved away takes nobody's trust along. */
export function findCandidates(
  database: ServiceDatabase,
  ownerKey: string,
  issuer: string,
): Promise<Candidate[]> {
  return database.query<Candidate & Record<string, unknown>>(
    `SELECT p.id, p.owner_id AS "ownerId", p.repository_id AS "repositoryId", r.name_key AS "repositoryKey",
            p.package_name AS "packageName", p.format, p.audience, p.claims, p.role,
            CASE WHEN owner.suspended_at IS NOT NULL THEN owner.login END AS "suspendedOwner"
     FROM trusted_publishers p
     JOIN accounts owner ON owner.id = p.owner_id
     LEFT JOIN repositories r ON r.id = p.repository_id AND r.owner_id = p.owner_id
     WHERE owner.login_key = $1 AND p.issuer = $2 AND (p.repository_id IS NULL OR r.id IS NOT NULL)
     ORDER BY p.id LIMIT 500`,
    [ownerKey, issuer],
  );
}

export async function isRegisteredIssuer(database: ServiceDatabase, issuer: string): Promise<boolean> {
  const rows = await database.query('SELECT 1 FROM trusted_publishers WHERE issuer = $1 LIMIT 1', [issuer]);
  return rows.length > 0;
}
