import { Injectable } from '@nestjs/common';
import type { Dependency, FileRecord } from '@packhouse/contracts';
import { queryPrepared, sendPrepared } from '@packhouse/database';
import type { EntityManager } from 'typeorm';
import type { PackageState } from '../use-cases/package-state';
import {
  savePackageParameterCount,
  savePackageSql,
  saveParameters,
  type PackageName,
} from './package.repository';
import { asJson, identityBySha512, isLive, runSql, wireSize } from './sql';

/** What a publish must know of the package besides its row. */
export interface CommitContext {
  /** The version that already bears this identity, removed or not, here or in a deleted package of the same name. */
  readonly existing: {
    readonly isHere: boolean;
    readonly id: string;
    readonly version: string;
    readonly removed: boolean;
    readonly files: ReadonlyArray<{ readonly name: string; readonly sha256: string }>;
  } | null;
  /** A file of another version that already has one of the names. */
  readonly takenFile: { readonly name: string; readonly version: string } | null;
  /** Which of the wanted tags the package has. */
  readonly presentTags: readonly string[];
  /** How many tags it has, counted up to {@link MAX_TAGS}. */
  readonly tagCount: number;
}

/** What a publish of a content-addressed version must know besides the usual. */
export interface AddressedContext {
  /** Where the wanted tags are. */
  readonly tags: ReadonlyArray<{
    readonly name: string;
    readonly versionId: string;
    readonly digest: string | null;
  }>;
  /** Those of the contained versions that are not live. */
  readonly missing: readonly string[];
  /** Others that came before it name it otherwise than by its identity. */
  readonly isAwaited: boolean;
}

/** Most tags of one package: all of them are told in one message. */
export const MAX_TAGS = 1000;

export interface NewVersion {
  readonly id: string;
  readonly version: string;
  readonly identity: string;
  readonly sortKey: string;
  readonly publisherId: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly packageProperties: Readonly<Record<string, string>>;
  readonly files: readonly FileRecord[];
  readonly fragments: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** As the tags tell its name; null: as it is. */
  readonly tagDigest: string | null;
  readonly format: string;
  readonly dependencies: readonly Dependency[];
  /** Its files are found by their content. */
  readonly isAddressed: boolean;
  /** It may speak for a package whose versions have no order. */
  readonly speaks: boolean;
}

/** Id, revision and time of the package: what a version takes from it. They are the first parameters of a save as well. */
const packageParameterCount = 3;

/**
 * The whole publish in one statement: its cost does not depend on how many versions there are. `before`: what goes with
 * it under the same parameters, the first `first` of all.
 */
const insertVersionSql = (first: number, before: string) => `WITH ${before}made AS (
    INSERT INTO version (id, package_id, version, identity, sort_key, publisher_id, published_at, published_revision,
                         changed_revision, properties, package_properties, speaks)
    VALUES ($${first + 1}, $1, $${first + 2}, $${first + 3}, $${first + 4}, $${first + 5}, $3, $2, $2,
            $${first + 6}::jsonb, $${first + 7}::jsonb, $${first + 14}::boolean)
    RETURNING id
  ),
  fragments AS (
    INSERT INTO version_fragment (version_id, kind, body, wire_size)
    SELECT $${first + 1}, f.kind, f.body, f.wire_size
    FROM jsonb_to_recordset($${first + 8}::jsonb) AS f(kind text, body text, wire_size integer)
  ),
  files AS (
    INSERT INTO file (package_id, version_id, name, content_type, size, digests, addressed)
    SELECT $1, $${first + 1}, f.name, f."contentType", f.size, f.digests, $${first + 13}::boolean
    FROM jsonb_to_recordset($${first + 9}::jsonb) AS f(name text, "contentType" text, size bigint, digests jsonb)
  ),
  tags AS (
    INSERT INTO tag (package_id, name, version_id, digest)
    SELECT $1, name, $${first + 1}, $${first + 15} FROM unnest($${first + 10}::text[]) AS name
    ON CONFLICT (package_id, name) DO UPDATE
    SET version_id = EXCLUDED.version_id, fallback = false, digest = EXCLUDED.digest
  ),
  dependencies AS (
    INSERT INTO dependency (version_id, package_id, format, name_key, name, requirement, kind)
    SELECT $${first + 1}, $1, $${first + 11}, d."nameKey", d.name, d.requirement, d.kind
    FROM jsonb_to_recordset($${first + 12}::jsonb) AS d("nameKey" text, name text, requirement text, kind text)
    ON CONFLICT DO NOTHING
  )
  SELECT id FROM made`;
const insertFirstVersionSql = insertVersionSql(packageParameterCount, '');
const insertNextVersionSql = insertVersionSql(savePackageParameterCount, `saved AS (${savePackageSql}), `);

/** What a publish reads and writes under the lock of its package. */
@Injectable()
export class CommitRepository {
  /** Asked together with the lock of the package it runs behind it, and sees what whoever held the lock has done. */
  async readContext(
    manager: EntityManager,
    { format, ownerId, nameKey }: PackageName,
    wanted: { identity: string; fileNames: readonly string[]; tags: readonly string[] },
  ): Promise<CommitContext> {
    const [row] = await queryPrepared<{
      existing: CommitContext['existing'];
      taken_file: CommitContext['takenFile'];
      present_tags: string[] | null;
      tag_count: string | number;
    }>(
      manager,
      'read-commit-context',
      `SELECT coalesce(
        (SELECT json_build_object('isHere', true, 'id', v.id, 'version', v.version, 'removed', v.removed_at IS NOT NULL, 'files',
           (SELECT coalesce(json_agg(json_build_object('name', f.name, 'sha256', f.digests->>'sha256') ORDER BY f.name), '[]')
            FROM file f WHERE f.version_id = v.id))
         FROM version v WHERE v.package_id = p.id AND v.identity = $4),
        (SELECT json_build_object('isHere', false, 'id', v.id, 'version', v.version, 'removed', true, 'files', '[]'::json)
         FROM package q JOIN version v ON v.package_id = q.id AND v.identity = $4
         WHERE q.format = $1 AND q.owner_id = $2 AND q.name_key = $3 AND q.removed_at IS NOT NULL LIMIT 1)) AS existing,
        (SELECT json_build_object('name', f.name, 'version', v.version)
         FROM file f JOIN version v ON v.id = f.version_id
         WHERE f.package_id = p.id AND f.name = ANY($5::text[]) LIMIT 1) AS taken_file,
        (SELECT array_agg(t.name) FROM tag t WHERE t.package_id = p.id AND t.name = ANY($6::text[])) AS present_tags,
        (SELECT count(*) FROM (SELECT 1 FROM tag t WHERE t.package_id = p.id LIMIT ${MAX_TAGS}) counted) AS tag_count
       FROM (VALUES (1)) one LEFT JOIN package p
         ON p.format = $1 AND p.owner_id = $2 AND p.name_key = $3 AND p.removed_at IS NULL`,
      [format, ownerId, nameKey, wanted.identity, wanted.fileNames, wanted.tags],
    );
    return {
      existing: row?.existing ?? null,
      takenFile: row?.taken_file ?? null,
      presentTags: row?.present_tags ?? [],
      tagCount: Number(row?.tag_count ?? 0),
    };
  }

  /**
   * Adds a version with all that belongs to it, and saves its package; `before` is null for one that was just inserted as
   * it is to be, or that the caller saves. Sent, not awaited: it ends with the commit.
   */
  insertVersion(
    manager: EntityManager,
    before: PackageState | null,
    after: PackageState,
    made: NewVersion,
  ): void {
    const fragments = Object.entries(made.fragments).map(([kind, body]) => ({
      kind,
      body,
      wire_size: wireSize(body),
    }));
    const ofVersion = [
      made.id,
      made.version,
      made.identity,
      made.sortKey,
      made.publisherId,
      asJson(made.properties),
      asJson(made.packageProperties),
      asJson(fragments),
      asJson(made.files),
      made.tags,
      made.format,
      asJson(made.dependencies),
      made.isAddressed,
      made.speaks,
      made.tagDigest,
    ];
    if (before === null) {
      const ofPackage = [after.id, after.revision, after.updatedAt];
      sendPrepared(manager, 'insert-first-version', insertFirstVersionSql, [...ofPackage, ...ofVersion]);
    } else {
      const ofPackage = saveParameters(before, after);
      sendPrepared(manager, 'insert-next-version', insertNextVersionSql, [...ofPackage, ...ofVersion]);
    }
  }

  async insertRelations(
    manager: EntityManager,
    version: { readonly id: string; readonly packageId: string; readonly revision: number },
    { contains, about }: { readonly contains: readonly string[]; readonly about: readonly string[] },
  ): Promise<void> {
    await runSql(
      manager,
      `INSERT INTO version_relation (version_id, package_id, published_revision, kind, target, place)
       SELECT $1, $2, $3, r.kind, r.target, r.place FROM (
         SELECT 'contains', * FROM unnest($4::text[]) WITH ORDINALITY UNION ALL
         SELECT 'about', * FROM unnest($5::text[]) WITH ORDINALITY) AS r(kind, target, place)
       ON CONFLICT DO NOTHING`,
      [version.id, version.packageId, version.revision, contains, about],
    );
  }

  /** Notes whose companions the versions under these tags are. */
  async noteCompanions(
    manager: EntityManager,
    packageId: string,
    companions: ReadonlyArray<{ readonly tag: string; readonly version: string }>,
  ): Promise<void> {
    await runSql(
      manager,
      `INSERT INTO companion_tag (package_id, name, target) SELECT $1, c.tag, c.version
       FROM jsonb_to_recordset($2::jsonb) AS c(tag text, version text) ON CONFLICT DO NOTHING`,
      [packageId, asJson(companions)],
    );
  }

  /** Of these names the ones of versions that are here or deleted, and what their identities are. */
  async findIdentities(
    manager: EntityManager,
    packageId: string,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    const rows = await runSql<{ name: string; identity: string }>(
      manager,
      `SELECT wanted.name, found.identity FROM unnest($2::text[]) AS wanted(name)
       CROSS JOIN LATERAL (${identityBySha512('$1::uuid', 'wanted.name')}) found`,
      [packageId, names],
    );
    return new Map(rows.map(({ name, identity }) => [name, identity]));
  }

  /** Lets what named a version otherwise, before it came, name it by its identity: once, where it names it in both ways. */
  async attach(
    manager: EntityManager,
    packageId: string,
    otherNames: readonly string[],
    identity: string,
  ): Promise<void> {
    await runSql(
      manager,
      `WITH companions AS (UPDATE companion_tag SET target = $3 WHERE package_id = $1 AND target = ANY($2::text[])),
       moved AS (
         DELETE FROM version_relation WHERE package_id = $1 AND target = ANY($2::text[])
         RETURNING version_id, package_id, published_revision, kind, place)
       INSERT INTO version_relation (version_id, package_id, published_revision, kind, place, target)
       SELECT moved.*, $3 FROM moved ON CONFLICT DO NOTHING`,
      [packageId, otherNames, identity],
    );
  }

  /** A version that was published untagged, say, speaks from now on. */
  async letSpeak(manager: EntityManager, versionId: string): Promise<void> {
    await runSql(manager, 'UPDATE version SET speaks = true WHERE id = $1 AND NOT speaks', [versionId]);
  }

  async readAddressed(
    manager: EntityManager,
    packageId: string,
    wanted: {
      readonly tags: readonly string[];
      readonly contained: readonly string[];
      readonly otherNames: readonly string[];
    },
  ): Promise<AddressedContext> {
    const [row] = await runSql<AddressedContext>(
      manager,
      `SELECT (SELECT coalesce(json_agg(json_build_object('name', t.name, 'versionId', t.version_id, 'digest', t.digest)), '[]')
                FROM tag t WHERE t.package_id = $1 AND t.name = ANY($2::text[])) AS tags,
         ARRAY(SELECT wanted FROM unnest($3::text[]) AS wanted WHERE NOT EXISTS
           (SELECT FROM version v WHERE v.package_id = $1 AND v.identity = wanted AND ${isLive('v')})) AS missing,
         EXISTS (SELECT FROM version_relation r WHERE r.package_id = $1 AND r.target = ANY($4::text[]))
           OR EXISTS (SELECT FROM companion_tag c WHERE c.package_id = $1 AND c.target = ANY($4::text[])) AS "isAwaited"`,
      [packageId, wanted.tags, wanted.contained, wanted.otherNames],
    );
    return row!;
  }
}
