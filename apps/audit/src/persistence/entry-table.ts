import { Injectable } from '@nestjs/common';
import type { AuditEntry } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { AUDIT_SCHEMA } from './audit.schema';
import { conditionsOf, type EntryCriteria, type Place } from './entry-conditions';

/** An entry before it is written. */
export interface NewEntry extends AuditEntry {
  /** What it is about, when later entries are to know what was so before. */
  readonly subject: string | null;
}

/** An entry and its place in the log. */
export interface PlacedEntry {
  readonly entry: AuditEntry;
  readonly place: Place;
}

export interface EntrySlice {
  readonly criteria: EntryCriteria;
  readonly order: 'asc' | 'desc';
  /** Only what comes after this place in that order. */
  readonly beyond: Place | null;
  readonly limit: number;
}

interface Row extends Record<string, unknown> {
  readonly position: string;
  readonly at: Date;
}

const RETENTION_BATCH = 5000;

const columns = `id, at, action, actor_id, actor, token_id, address, request_id, owner_id, owner,
  repository_id, repository, package_id, package, version, format, subject, before, data, words`;

const addEntriesSql = `INSERT INTO entry (${columns})
  SELECT ${columns} FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS given (fields, place),
    jsonb_populate_record(NULL::entry, given.fields)
  ORDER BY given.place ON CONFLICT (id) DO NOTHING`;

const addRelaxedSql = `WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS mode)
  INSERT INTO entry (${columns})
  SELECT ${columns} FROM relaxed, jsonb_array_elements($1::jsonb) WITH ORDINALITY AS given (fields, place),
    jsonb_populate_record(NULL::entry, given.fields)
  WHERE relaxed.mode = 'off' ORDER BY given.place ON CONFLICT (id) DO NOTHING`;

/** The rows of the log. */
@Injectable()
export class EntryTable {
  constructor(@InjectDatabase(AUDIT_SCHEMA) private readonly database: ServiceDatabase) {}

  /**
   * Adds entries, in their order, but for those whose id is there: an event may arrive again. The commit is not forced to
   * the disk, as the consumer's place in the log of events is written after it: entries that a crash of the server takes
   * come again.
   */
  async add(entries: readonly NewEntry[]): Promise<void> {
    await this.database.query(
      addRelaxedSql,
      [JSON.stringify(entries.map(rowOf))],
      'add-audit-entries-relaxed',
    );
  }

  /** The same, and they are on the disk when it resolves. */
  async addDurably(entries: readonly NewEntry[]): Promise<void> {
    await this.database.query(addEntriesSql, [JSON.stringify(entries.map(rowOf))], 'add-audit-entries');
  }

  /** What the last entry about each subject said. `ids`: events that may be in the log already, which do not count. */
  async findLastData(
    subjects: readonly string[],
    ids: readonly string[],
  ): Promise<Map<string, Readonly<Record<string, unknown>>>> {
    if (subjects.length === 0) return new Map();
    const rows = await this.database.query<{ subject: string; data: Record<string, unknown> }>(
      `SELECT wanted.subject, last.data FROM unnest($1::text[]) AS wanted (subject)
       CROSS JOIN LATERAL (SELECT data FROM entry WHERE entry.subject = wanted.subject AND id <> ALL($2::uuid[])
                           ORDER BY position DESC LIMIT 1) AS last`,
      [[...new Set(subjects)], ids],
    );
    return new Map(rows.map(({ subject, data }) => [subject, data]));
  }

  async list({ criteria, order, beyond, limit }: EntrySlice): Promise<PlacedEntry[]> {
    const parameters: unknown[] = [];
    const bind = (value: unknown): string => `$${parameters.push(value)}`;
    const conditions = conditionsOf(criteria, bind);
    if (beyond)
      conditions.push(
        `(at, position) ${order === 'asc' ? '>' : '<'} (${bind(beyond.at)}::timestamptz, ${bind(beyond.position)}::bigint)`,
      );
    const rows = await this.database.query<Row>(
      `SELECT * FROM entry ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
       ORDER BY at ${order}, position ${order} LIMIT ${bind(limit)}`,
      parameters,
    );
    return rows.map((row) => ({
      entry: entryOf(row),
      place: { at: row.at.toISOString(), position: row.position },
    }));
  }

  /**
   * Deletes entries from before `until`, a batch at a time, and with `actions` only those; gives how many. The one way
   * past the trigger.
   */
  async deleteBefore(until: Date, actions: readonly string[] | null = null): Promise<number> {
    let deleted = 0;
    for (;;) {
      const batch = await this.database.transaction(async (manager) => {
        await manager.query(`SELECT set_config('packhouse.audit_retention', $1, true)`, [
          until.toISOString(),
        ]);
        const [, count] = await manager.query<[unknown, number]>(
          `DELETE FROM entry WHERE position IN (
             SELECT position FROM entry WHERE at < $1 AND at < now() - interval '1 day'
               AND ($2::text[] IS NULL OR action = ANY($2)) ORDER BY at LIMIT ${RETENTION_BATCH})`,
          [until, actions],
        );
        return count;
      });
      deleted += batch;
      if (batch < RETENTION_BATCH) return deleted;
    }
  }
}

function rowOf(entry: NewEntry): object {
  return {
    ...{ id: entry.id, at: entry.at, action: entry.action, actor: entry.actor, actor_id: entry.actorId },
    ...{ token_id: entry.tokenId, address: entry.address, request_id: entry.requestId },
    ...{ owner_id: entry.ownerId, owner: entry.owner, version: entry.version, format: entry.format },
    ...{ repository_id: entry.repositoryId, repository: entry.repository },
    ...{ package_id: entry.packageId, package: entry.package, subject: entry.subject },
    ...{ before: entry.before, data: entry.data, words: wordsOf(entry) },
  };
}

function entryOf(row: Row): AuditEntry {
  const text = (name: string) => row[name] as string | null;
  return {
    id: row.id as string,
    at: row.at.toISOString(),
    action: row.action as string,
    actorId: text('actor_id'),
    actor: text('actor'),
    tokenId: text('token_id'),
    address: text('address'),
    requestId: text('request_id'),
    ownerId: text('owner_id'),
    owner: text('owner'),
    repositoryId: text('repository_id'),
    repository: text('repository'),
    packageId: text('package_id'),
    package: text('package'),
    version: text('version'),
    format: text('format'),
    before: row.before as AuditEntry['before'],
    data: row.data as AuditEntry['data'],
  };
}

/** What words of a search are looked for in. */
function wordsOf(entry: NewEntry): string {
  const { action, actor, address, owner, repository, version, format } = entry;
  return [action, actor, address, owner, repository, entry.package, version, format]
    .filter((part) => part !== null)
    .join(' ')
    .toLowerCase();
}
