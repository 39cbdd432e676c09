import { Injectable } from '@nestjs/common';
import type { metadataContract, ResponseOf } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { MAX_TAGS } from './commit.repository';
import { factColumns, toPackageFacts, type PackageFactsRow } from './package-row';

export type PackageDescription = ResponseOf<typeof metadataContract, 'describePackage'>;

interface DescriptionRow extends PackageFactsRow {
  properties: Record<string, string>;
  version_count: number;
  tags: PackageDescription['tags'];
  stars: string[];
  immutable_tags: string[];
}

/** All stars of a widely loved package would not fit a message: the first ones given are told. */
const MAX_STARS = 2000;

@Injectable()
export class DescriptionRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  /** One statement, so that the tags belong to the revision beside them. */
  async find(packageId: string): Promise<PackageDescription | null> {
    const [row] = await this.database.query<DescriptionRow>(
      `SELECT ${factColumns('p')}, p.properties, p.version_count, p.immutable_tags,
        (SELECT coalesce(json_agg(json_build_object('name', t.name, 'version', v.version, 'versionId', v.id) ORDER BY t.name), '[]')
         FROM (SELECT * FROM tag WHERE package_id = p.id ORDER BY name LIMIT ${MAX_TAGS}) t
         JOIN version v ON v.id = t.version_id) AS tags,
        (SELECT coalesce(json_agg(s.account_id ORDER BY s.starred_at, s.account_id), '[]')
         FROM (SELECT account_id, starred_at FROM star WHERE package_id = p.id
               ORDER BY starred_at, account_id LIMIT ${MAX_STARS}) s) AS stars
       FROM package p WHERE p.id = $1 AND p.removed_at IS NULL`,
      [packageId],
    );
    if (!row) return null;
    const { tags, stars, properties, version_count: versionCount, immutable_tags: immutableTags } = row;
    return { package: toPackageFacts(row), tags, properties, stars, versionCount, immutableTags };
  }
}
