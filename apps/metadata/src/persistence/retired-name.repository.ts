import { Injectable } from '@nestjs/common';
import type { RetiredName } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { loginKey } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { isoTimeOf } from './package-row';
import { runSql } from './sql';

/** A retired name with what only the record needs. */
export interface RetiredNameRow extends RetiredName {
  readonly packageId: string;
  readonly ownerId: string;
}

/** Where a page of retired names ends. */
export interface RetiredNamePosition {
  readonly loginKey: string;
  readonly format: string;
  readonly nameKey: string;
}

/** A full name, and the package that wants it; null: one that is to be made. */
export interface WantedName {
  readonly format: string;
  readonly ownerLogin: string;
  readonly nameKey: string;
  readonly packageId: string | null;
}

interface Row {
  id: string;
  format: string;
  login: string;
  login_key: string;
  name: string;
  name_key: string;
  package_id: string;
  owner_id: string;
  retired_at: Date | string;
}

const columns =
  'r.id, r.format, r.login, r.login_key, r.name, r.name_key, r.package_id, r.owner_id, r.retired_at';

/** What names of the format `f` begin with under a login; nothing where they do not tell it. */
const prefixUnder = (login: string): string =>
  `lower(replace(split_part(coalesce(f.whole_name, ''), '{name}', 1), '{owner}', ${login}::text))`;

/** A name as it would be under another login of its owner. */
const underLogin = (column: string, from: string, to: string): string =>
  `CASE WHEN starts_with(p.name_key, ${prefixUnder(from)})
     THEN ${prefixUnder(to)} || substr(p.${column}, length(${prefixUnder(from)}) + 1) ELSE p.${column} END`;

/**
 * All of an owner's at once, before any package changes its name or goes. The packages may already bear their new
 * name: the event is delivered once more. What was freed after this event stays free.
 */
const retireSql = `INSERT INTO retired_name AS r
    (id, format, login, login_key, name, name_key, package_id, owner_id, retired_at)
  SELECT gen_random_uuid(), p.format, $2, $3, ${underLogin('name', '$4', '$2')},
    ${underLogin('name_key', '$4', '$2')}, p.id, p.owner_id, $5
  FROM package p
  JOIN format f ON f.id = p.format AND f.retire_names_above IS NOT NULL
  JOIN package_downloads d ON d.package_id = p.id AND d.total > f.retire_names_above
  WHERE p.owner_id = $1 AND p.visibility = 'public' AND p.purged_at IS NULL AND p.created_at <= $5
  ORDER BY p.id
  ON CONFLICT (login_key, format, name_key) DO UPDATE SET
    id = EXCLUDED.id, login = EXCLUDED.login, name = EXCLUDED.name, package_id = EXCLUDED.package_id,
    owner_id = EXCLUDED.owner_id, retired_at = EXCLUDED.retired_at, freed_at = NULL
  WHERE r.freed_at < EXCLUDED.retired_at
  RETURNING ${columns}`;

/** The retired name that stands in the way; the package that had it may have it again. */
export async function findRetiredNameRow(
  manager: EntityManager,
  wanted: WantedName,
): Promise<RetiredName | null> {
  const [row] = await runSql<Row>(
    manager,
    `SELECT ${columns} FROM retired_name r
     WHERE r.login_key = $1 AND r.format = $2 AND r.name_key = $3 AND r.freed_at IS NULL
       AND r.package_id IS DISTINCT FROM $4::uuid`,
    [loginKey(wanted.ownerLogin), wanted.format, wanted.nameKey, wanted.packageId],
  );
  return row ? toRetiredName(row) : null;
}

/** Rows of the `retired_name` table. */
@Injectable()
export class RetiredNameRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  /** Retires what deserves it of the names that an owner had under its former login; gives those that were not yet. */
  async retire(
    manager: EntityManager,
    of: { ownerId: string; login: string; newLogin: string; at: Date },
  ): Promise<RetiredNameRow[]> {
    const values = [of.ownerId, of.login, loginKey(of.login), of.newLogin, of.at];
    return (await runSql<Row>(manager, retireSql, values)).map(toRetiredName);
  }

  async findForOwner(
    of: { ownerId: string; oldLogin: string; login: string },
    limit: number,
  ): Promise<RetiredName[]> {
    const rows = await this.database.query<Row>(
      `SELECT ${columns} FROM retired_name r
       JOIN format f ON f.id = r.format
       JOIN package p ON p.owner_id = $1 AND p.format = r.format AND p.removed_at IS NULL AND p.id <> r.package_id
         AND r.name_key = ${underLogin('name_key', '$3', '$4')}
       WHERE r.login_key = $2 AND r.freed_at IS NULL ORDER BY r.format, r.name_key LIMIT $5`,
      [of.ownerId, loginKey(of.login), of.oldLogin, of.login, limit],
    );
    return rows.map(toRetiredName);
  }

  /** In order of login, format and name, from just behind `after`. */
  async list(
    login: string | null,
    after: RetiredNamePosition | null,
    limit: number,
  ): Promise<{ items: RetiredName[]; last: RetiredNamePosition | null }> {
    const rows = await this.database.query<Row>(
      `SELECT ${columns} FROM retired_name r
       WHERE r.freed_at IS NULL AND ($1::text IS NULL OR r.login_key = $1)
         AND ($2::text IS NULL OR (r.login_key, r.format, r.name_key) > ($2, $3::text, $4::text))
       ORDER BY r.login_key, r.format, r.name_key LIMIT $5`,
      [
        login === null ? null : loginKey(login),
        ...[after?.loginKey ?? null, after?.format ?? null, after?.nameKey ?? null],
        limit + 1,
      ],
    );
    const shown = rows.slice(0, limit);
    const end = rows.length > limit ? shown.at(-1) : undefined;
    return {
      items: shown.map(toRetiredName),
      last: end ? { loginKey: end.login_key, format: end.format, nameKey: end.name_key } : null,
    };
  }

  /** Null when there is no such name. */
  async free(manager: EntityManager, id: string, now: Date): Promise<RetiredNameRow | null> {
    const [row] = await runSql<Row>(
      manager,
      `UPDATE retired_name r SET freed_at = $2 WHERE r.id = $1 AND r.freed_at IS NULL RETURNING ${columns}`,
      [id, now],
    );
    return row ? toRetiredName(row) : null;
  }
}

function toRetiredName(row: Row): RetiredNameRow {
  return {
    ...{ id: row.id, format: row.format, login: row.login, name: row.name },
    ...{ packageId: row.package_id, ownerId: row.owner_id, retiredAt: isoTimeOf(row.retired_at) },
  };
}
