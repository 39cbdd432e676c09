import { Injectable } from '@nestjs/common';
import type { PackageFacts, Readable } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { factColumns, isoTimeOf, toPackageFacts, type PackageFactsRow } from './package-row';
import { readableCondition } from './readable-condition';
import { escapeLike, Parameters } from './sql';
import { latestVersionId } from './summary-row';

/** A search with its texts in the form in which they are compared. */
export interface SearchQuery {
  readonly format: string | null;
  /** The whole text, for exact names and prefixes; empty: everything matches. */
  readonly phrase: string;
  /** Every one must be found. */
  readonly words: readonly string[];
  readonly ownerIds: readonly string[] | null;
  readonly keywords: ReadonlyArray<readonly string[]>;
  readonly readable: Readable;
  readonly offset: number;
  readonly limit: number;
}

export interface FoundPackage {
  readonly package: PackageFacts;
  readonly properties: Record<string, string>;
  readonly latest: { version: string; publishedAt: string; properties: Record<string, string> } | null;
  readonly score: number;
}

interface FoundRow extends PackageFactsRow {
  total: string | number;
  id: string;
  score: number;
  properties: Record<string, string>;
  version: string | null;
  published_at: Date | string;
  version_properties: Record<string, string>;
}

function conditions(query: SearchQuery, parameters: Parameters): string[] {
  const all = ['p.removed_at IS NULL', readableCondition(query.readable, (value) => parameters.add(value))];
  if (query.format !== null) all.push(`p.format = ${parameters.add(query.format)}`);
  if (query.ownerIds !== null) all.push(`p.owner_id = ANY(${parameters.add(query.ownerIds)}::uuid[])`);
  for (const group of query.keywords) all.push(`p.keywords && ${parameters.add(group)}::text[]`);
  // One LIKE per word: only in this form does the trigram index serve it.
  for (const word of query.words) all.push(`p.search_text LIKE ${parameters.add(`%${escapeLike(word)}%`)}`);
  return all;
}

/**
 * 4 the name itself, 3 its beginning, 2 within the name, 1 only in the texts; 0 when nothing was asked for.
 * The last part of a name counts like the whole: nobody types the scope or group before it.
 */
function rank(query: SearchQuery, parameters: Parameters): string {
  if (query.phrase === '') return '0';
  const exact = parameters.add(query.phrase);
  const prefix = parameters.add(`${escapeLike(query.phrase)}%`);
  const within = query.words.map((word) => `p.search_name LIKE ${parameters.add(`%${escapeLike(word)}%`)}`);
  const last = `regexp_replace(p.search_name, '^.*[/:]', '')`;
  return `CASE
    WHEN p.search_name = ${exact} OR ${last} = ${exact} THEN 4
    WHEN p.search_name LIKE ${prefix} OR ${last} LIKE ${prefix} THEN 3
    WHEN ${within.join(' AND ')} THEN 2
    ELSE 1 END`;
}

/** Reads packages by words. */
@Injectable()
export class SearchRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  async search(query: SearchQuery): Promise<{ total: number; items: FoundPackage[] }> {
    const parameters = new Parameters();
    const sql = `WITH found AS MATERIALIZED (
        SELECT p.id, p.updated_at,
          (${rank(query, parameters)})::float8 + coalesce(d.total, 0)::float8 / (coalesce(d.total, 0) + 1000) AS score
        FROM package p LEFT JOIN package_downloads d ON d.package_id = p.id
        WHERE ${conditions(query, parameters).join(' AND ')}
      )
      SELECT counted.total, best.score, ${factColumns('p')}, p.properties,
        v.version, v.published_at, v.properties AS version_properties
      FROM (SELECT count(*) AS total FROM found) counted
      LEFT JOIN (
        SELECT * FROM found ORDER BY score DESC, updated_at DESC, id
        LIMIT ${parameters.add(query.limit)} OFFSET ${parameters.add(query.offset)}
      ) best ON true
      LEFT JOIN package p ON p.id = best.id
      LEFT JOIN version v ON v.id = ${latestVersionId}
      ORDER BY best.score DESC, best.updated_at DESC, best.id`;
    const rows = await this.database.query<FoundRow>(sql, parameters.values);
    // Past the last result there is still one row: the total, joined with nothing.
    const items = rows.filter((row) => row.id !== null).map(toFound);
    return { total: Number(rows[0]?.total ?? 0), items };
  }
}

function toFound(row: FoundRow): FoundPackage {
  const { version, score, properties } = row;
  const latest =
    version === null
      ? null
      : { version, publishedAt: isoTimeOf(row.published_at), properties: row.version_properties };
  return { package: toPackageFacts(row), properties, latest, score };
}
