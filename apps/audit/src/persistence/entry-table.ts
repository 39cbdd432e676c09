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

/** The rows of the log. */
@Injectable()
export class EntryTable {
  constructor(@InjectDatabase(AUDIT_SCHEMA) private readonly database: ServiceDatabase) {}

  /** Adds an entry unless there is one of this id: an event may arrive again. */
  async add(entry: NewEntry): Promise<void> {
    await this.database.query(
      `INSERT INTO entry (id, at, action, actor_id, actor, token_id, address, request_id, owner_id, owner,
         repository_id, repository, package_id, package, version, format, subject, before, data, words)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18::jsonb, $19::jsonb, $20)
       ON CONFLICT (id) DO NOTHING`,
      [
        entry.id,
        entry.at,
        entry.action,
        entry.actorId,
        entry.actor,
        entry.tokenId,
        entry.address,
        entry.requestId,
        entry.ownerId,
        entry.owner,
        entry.repositoryId,
        entry.repository,
        entry.packageId,
        entry.package,
        entry.version,
        entry.format,
        entry.subject,
        entry.before && JSON.stringify(entry.before),
        JSON.stringify(entry.data),
        wordsOf(entry),
      ],
      'add-audit-entry',
    );
  }

  /** What the last entry about a subject said; null: nothing. `id`: an event that may be in the log already. */
  async findLastData(subject: string, id: string): Promise<Record<string, unknown> | null> {
    const [row] = await this.database.query<{ data: Record<string, unknown> }>(
      `SELECT data FROM entry WHERE subject = $1 AND id <> $2 ORDER BY position DESC LIMIT 1`,
      [subject, id],
    );
    return row?.data ?? null;
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

  /** Deletes entries from before `until`, a batch at a time; gives how many. The one way past the trigger. */
  async deleteBefore(until: Date): Promise<number> {
    let deleted = 0;
    for (;;) {
      const batch = await this.database.transaction(async (manager) => {
        await manager.query(`SELECT set_config('packhouse.audit_retention', $1, true)`, [
          until.toISOString(),
        ]);
        const [, count] = await manager.query<[unknown, number]>(
          `DELETE FROM entry WHERE position IN (
             SELECT position FROM entry WHERE at < $1 AND at < now() - interval '1 day' ORDER BY at LIMIT ${RETENTION_BATCH})`,
          [until],
        );
        return count;
      });
      deleted += batch;
      if (batch < RETENTION_BATCH) return deleted;
    }
  }
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
