import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { VersionRef } from './edit.repository';
import { isLive, runSql } from './sql';
import { newestSpeaker } from './summary-row';

/** A version near one that is to be deleted or purged, and what it hangs on. */
export interface NearVersion extends VersionRef {
  readonly isTagged: boolean;
  readonly isPart: boolean;
  /** Versions that contain it: live ones, or all that are not purged. */
  readonly holders: readonly string[];
  /** Of the same those that it is about. */
  readonly subjects: readonly string[];
}

/** A version that came back. */
export interface ShownVersion extends VersionRef {
  readonly isPart: boolean;
}

/** Ids of versions that came or are back, and of versions that got or lost a tag. */
export interface ChangedVersions {
  readonly lives?: readonly string[];
  readonly tags?: readonly string[];
}

/** Whether `v` bears a tag that stands for itself. */
const isTaggedSql = `EXISTS (SELECT FROM tag t WHERE t.version_id = v.id AND NOT EXISTS
    (SELECT FROM companion_tag c WHERE c.package_id = t.package_id AND c.name = t.name))`;

/** Live versions (`subject`) whose companion `v` is, by a tag that it bears. */
const companionSql = `FROM tag t JOIN companion_tag c ON c.package_id = t.package_id AND c.name = t.name
      JOIN version subject ON subject.package_id = c.package_id AND subject.identity = c.target AND ${isLive('subject')}
    WHERE t.version_id = v.id AND subject.id <> v.id`;

/** Versions (`v`) that bear a companion tag of `x`. */
const companionsOfSql = (id: string, where: string): string => `FROM companion_tag c
      JOIN tag t ON t.package_id = c.package_id AND t.name = c.name JOIN version v ON v.id = t.version_id
      WHERE c.package_id = ${id} AND c.target = x.identity ${where}`;

/** Versions (`v`) that bore one when they went as parts. */
const goneCompanionsSql = `FROM companion_tag c JOIN version v ON v.package_id = $1 AND v.removed_at IS NOT NULL
        AND v.purged_at IS NULL AND v.removed_as_part AND c.name = ANY(v.deleted_tags)
      WHERE c.package_id = $1 AND c.target = x.identity`;

/** Whether `v` is a part, as the glossary says. */
const isPartSql = `(NOT ${isTaggedSql} AND (
    EXISTS (SELECT ${companionSql}) OR
    EXISTS (SELECT FROM version_relation r JOIN version subject
              ON subject.package_id = r.package_id AND subject.identity = r.target AND ${isLive('subject')}
            WHERE r.version_id = v.id AND r.kind = 'about')
    OR EXISTS (SELECT FROM version_relation r JOIN version holder ON holder.id = r.version_id AND holder.removed_at IS NULL
               WHERE r.package_id = v.package_id AND r.target = v.identity AND r.kind = 'contains')))`;

/**
 * Judges versions whose life changed, with those that they say something of or that say something of them, and versions
 * whose tags changed: those count for nobody else, so that a tag moves at the same cost however much is said of a version.
 */
const settleSql = `WITH touched AS (
    SELECT id, identity FROM version WHERE package_id = $1 AND id = ANY($2::uuid[])
  ),
  affected AS (
    SELECT unnest($2::uuid[] || $4::uuid[]) AS id
    UNION
    SELECT v.id FROM touched x JOIN version_relation r ON r.version_id = x.id AND r.kind = 'contains'
      JOIN version v ON v.package_id = $1 AND v.identity = r.target
    UNION
    SELECT r.version_id FROM touched x JOIN version_relation r
      ON r.package_id = $1 AND r.target = x.identity AND r.kind = 'about'
    UNION
    SELECT near.id FROM touched x CROSS JOIN LATERAL (SELECT v.id ${companionsOfSql('$1', '')}) near
  ),
  judged AS MATERIALIZED (
    SELECT v.id, ${isPartSql} AS is_part FROM affected a JOIN version v ON v.id = a.id WHERE v.removed_at IS NULL
  )
  UPDATE version v SET is_part = judged.is_part, changed_revision = $3
  FROM judged WHERE v.id = judged.id AND v.is_part <> judged.is_part RETURNING v.is_part`;

/** Of live versions what belongs to them; of deleted ones what went with them, and may be needed by what can come back. */
type NearState = 'live' | 'deleted';
const nearStates: Record<
  NearState,
  { near: (v: string) => string; other: (v: string) => string; companions: string }
> = {
  live: {
    near: isLive,
    other: isLive,
    companions: companionsOfSql('$1', 'AND v.removed_at IS NULL'),
  },
  deleted: {
    near: (v) => `NOT ${isLive(v)} AND ${v}.purged_at IS NULL AND ${v}.removed_as_part`,
    other: (v) => `${v}.purged_at IS NULL`,
    companions: goneCompanionsSql,
  },
};

/** UNION leaves out what was reached before, so that cycles end; the plan walks level by level, whatever the depth. */
const nearSql = ({
  near,
  other,
  companions,
}: (typeof nearStates)[NearState]): string => `WITH RECURSIVE reached AS (
    SELECT v.id, v.identity FROM version v WHERE v.package_id = $1 AND v.id = ANY($2::uuid[])
    UNION
    SELECT w.id, w.identity FROM reached x CROSS JOIN LATERAL (
      SELECT v.id, v.identity FROM version_relation r
        JOIN version v ON v.package_id = $1 AND v.identity = r.target AND ${near('v')}
      WHERE r.version_id = x.id AND r.kind = 'contains'
      UNION ALL
      SELECT v.id, v.identity FROM version_relation r JOIN version v ON v.id = r.version_id AND ${near('v')}
      WHERE r.package_id = $1 AND r.target = x.identity AND r.kind = 'about'
      UNION ALL
      SELECT v.id, v.identity ${companions}
    ) w
  )
  SELECT v.id, v.version, v.is_part AS "isPart", ${isTaggedSql} AS "isTagged",
    ARRAY(SELECT holder.id FROM version_relation r JOIN version holder ON holder.id = r.version_id AND ${other('holder')}
      WHERE r.package_id = $1 AND r.target = v.identity AND r.kind = 'contains') AS holders,
    ARRAY(SELECT subject.id FROM version_relation r JOIN version subject
        ON subject.package_id = $1 AND subject.identity = r.target AND ${other('subject')}
      WHERE r.version_id = v.id AND r.kind = 'about' UNION SELECT subject.id ${companionSql}) AS subjects
  FROM reached x JOIN version v ON v.id = x.id ORDER BY v.published_revision`;

/** What comes back with a deleted version: all it contains, and what went as a part of it. */
const wentAlongSql = `WITH RECURSIVE reached AS (
    SELECT v.id, v.identity FROM version v WHERE v.package_id = $1 AND v.id = $2
    UNION
    SELECT w.id, w.identity FROM reached x CROSS JOIN LATERAL (
      SELECT v.id, v.identity FROM version_relation r
        JOIN version v ON v.package_id = $1 AND v.identity = r.target AND NOT ${isLive('v')} AND v.purged_at IS NULL
      WHERE r.version_id = x.id AND r.kind = 'contains'
      UNION ALL
      SELECT v.id, v.identity FROM version_relation r
        JOIN version v ON v.id = r.version_id AND v.removed_at IS NOT NULL AND v.purged_at IS NULL AND v.removed_as_part
      WHERE r.package_id = $1 AND r.target = x.identity AND r.kind = 'about'
      UNION ALL
      SELECT v.id, v.identity ${goneCompanionsSql}
    ) w
  )
  SELECT id FROM reached`;

/** What versions of a package say of each other, under its lock. */
@Injectable()
export class RelationRepository {
  /** Says anew what is a part. Gives how many more versions lists show. */
  async settle(
    manager: EntityManager,
    { id, revision }: { readonly id: string; readonly revision: number },
    { lives = [], tags = [] }: ChangedVersions,
  ): Promise<number> {
    const rows = await runSql<{ is_part: boolean }>(manager, settleSql, [id, lives, revision, tags]);
    return rows.reduce((sum, row) => sum + (row.is_part ? -1 : 1), 0);
  }

  /** These versions, and all that belongs to them directly or not, in the same state as they are. */
  listNear(
    manager: EntityManager,
    packageId: string,
    versionIds: readonly string[],
    state: NearState,
  ): Promise<NearVersion[]> {
    return runSql(manager, nearSql(nearStates[state]), [packageId, versionIds]);
  }

  /** Ids of a deleted version and of what went with it. */
  async listWentAlong(manager: EntityManager, packageId: string, versionId: string): Promise<string[]> {
    const rows = await runSql<{ id: string }>(manager, wentAlongSql, [packageId, versionId]);
    return rows.map(({ id }) => id);
  }

  async listTexts(manager: EntityManager, versionIds: readonly string[]): Promise<string[]> {
    const rows = await runSql<{ version: string }>(
      manager,
      'SELECT version FROM version WHERE id = ANY($1::uuid[]) ORDER BY published_revision DESC LIMIT 20',
      [versionIds],
    );
    return rows.map(({ version }) => version);
  }

  /** What the version that speaks for a content-addressed package without a head tag says of it. */
  async findSpeaker(manager: EntityManager, packageId: string): Promise<Record<string, string> | null> {
    const [row] = await runSql<{ package_properties: Record<string, string> }>(
      manager,
      `SELECT v.package_properties FROM version v WHERE v.id = ${newestSpeaker('$1')}`,
      [packageId],
    );
    return row?.package_properties ?? null;
  }
}
