import type { EntityManager } from 'typeorm';

/** Whatever runs raw SQL with `$1` parameters: the service's database, or the manager of a transaction. */
export interface SqlRunner {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

/** Rows of one statement in the caller's transaction, whatever shape TypeORM gives the result of that kind of statement. */
export async function runSql<Row>(
  manager: EntityManager | SqlRunner,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const result: unknown = await manager.query(sql, [...parameters]);
  if (!Array.isArray(result)) return [];
  // UPDATE and DELETE answer with [rows, count] instead of rows.
  const isCounted = result.length === 2 && Array.isArray(result[0]) && typeof result[1] === 'number';
  return (isCounted ? result[0] : result) as Row[];
}

/** A JSON parameter; written as text because the driver would turn an array into a Postgres array. */
export function asJson(value: unknown): string {
  return JSON.stringify(value);
}

/**
 * That a version is live, in words that no partial index has: for looking up many by package and identity. Of a table that
 * was not analysed yet the planner takes the indexes of live versions for so small that it walks one for each.
 */
export const isLive = (version: string): string => `coalesce(${version}.removed_at, 'infinity') = 'infinity'`;

/**
 * The identity of the version of a package that another names by the SHA-512 of its content (`name`), or by the beginning
 * of it that a tag has room for. A deleted version has it until it is purged. No row: `name` is none of these, or nothing
 * that is here. Versions and files that have the same content have the same digests, so one file tells.
 */
export const identityBySha512 = (packageId: string, name: string): string => `SELECT v.identity FROM (
    SELECT f.digests->>'sha256' AS sha256 FROM file f
    WHERE ${name} ~ '^sha512:([0-9a-f]{64}){1,2}$' AND f.package_id = ${packageId} AND f.addressed
      AND f.digests->>'sha512' >= substr(${name}, 8) AND f.digests->>'sha512' < substr(${name}, 8) || 'g' LIMIT 1
  ) same JOIN version v ON v.package_id = ${packageId} AND v.identity = 'sha256:' || same.sha256`;

/** Bounds of a list are `$2` and `$3`; the wanted side of each depends on the direction. */
export function boundsSql(column: string, type: string, descending: boolean): string {
  const [behind, ahead] = descending ? ['<', '>'] : ['>', '<'];
  return `($2::${type} IS NULL OR ${column} ${behind} $2::${type}) AND ($3::${type} IS NULL OR ${column} ${ahead} $3::${type})`;
}

/** Escapes what LIKE would read as a wildcard. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** Bytes that this text takes inside a JSON message. */
export function wireSize(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

/** Collects parameters of a statement that is put together, and gives each its `$n`. */
export class Parameters {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}
