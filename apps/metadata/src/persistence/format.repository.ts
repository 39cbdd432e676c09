import { Injectable } from '@nestjs/common';
import type { FormatDescriptor } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';

/** Rows of the `format` table: what the gateways said of themselves. */
@Injectable()
export class FormatRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  async save(format: FormatDescriptor): Promise<void> {
    await this.database.query(
      `INSERT INTO format (id, label, icon, mount, package_type, file_url, retire_names_above, whole_name,
         tags_shown_in)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (id) DO UPDATE SET label = EXCLUDED.label, icon = EXCLUDED.icon, mount = EXCLUDED.mount,
         package_type = EXCLUDED.package_type, file_url = EXCLUDED.file_url,
         retire_names_above = EXCLUDED.retire_names_above, whole_name = EXCLUDED.whole_name,
         tags_shown_in = EXCLUDED.tags_shown_in`,
      [
        ...[format.id, format.label, format.icon, format.mount, format.packageType ?? ''],
        ...[format.fileUrl ?? null, format.retireNamesAbove ?? null, format.wholeName ?? null],
        format.tagsShownIn ?? null,
      ],
    );
  }

  async list(): Promise<FormatDescriptor[]> {
    const rows = await this.database.query<FormatRow>(
      `SELECT id, label, icon, mount, package_type AS "packageType", file_url AS "fileUrl",
         retire_names_above AS "retireNamesAbove", whole_name AS "wholeName",
         tags_shown_in AS "tagsShownIn"
       FROM format ORDER BY id COLLATE "C"`,
    );
    return rows.map(({ retireNamesAbove: limit, ...rest }) =>
      withoutNulls({ ...rest, retireNamesAbove: limit === null ? null : Number(limit) }),
    );
  }
}

/** The driver gives a bigint as text. */
type FormatRow = Nullable<Omit<FormatDescriptor, 'retireNamesAbove'>> & {
  readonly retireNamesAbove: string | null;
};
type Nullable<T> = { [K in keyof T]: T[K] | null };

/** What a format did not say is left out. */
function withoutNulls(row: Nullable<FormatDescriptor>): FormatDescriptor {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as FormatDescriptor;
}
