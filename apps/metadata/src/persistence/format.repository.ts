import { Injectable } from '@nestjs/common';
import type { FormatDescriptor } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';

interface FormatRow extends Omit<FormatDescriptor, 'fileUrl' | 'retireNamesAbove'> {
  readonly fileUrl: string | null;
  readonly retireNamesAbove: string | number | null;
}

/** Rows of the `format` table: what the gateways said of themselves. */
@Injectable()
export class FormatRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  async save(format: FormatDescriptor): Promise<void> {
    await this.database.query(
      `INSERT INTO format (id, label, icon, mount, package_type, file_url, retire_names_above)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (id) DO UPDATE SET label = EXCLUDED.label, icon = EXCLUDED.icon, mount = EXCLUDED.mount,
         package_type = EXCLUDED.package_type, file_url = EXCLUDED.file_url,
         retire_names_above = EXCLUDED.retire_names_above`,
      [
        ...[format.id, format.label, format.icon, format.mount],
        ...[format.packageType ?? '', format.fileUrl ?? null, format.retireNamesAbove ?? null],
      ],
    );
  }

  async list(): Promise<FormatDescriptor[]> {
    const rows = await this.database.query<FormatRow>(
      `SELECT id, label, icon, mount, package_type AS "packageType", file_url AS "fileUrl",
         retire_names_above AS "retireNamesAbove" FROM format ORDER BY id COLLATE "C"`,
    );
    return rows.map(({ fileUrl, retireNamesAbove, ...format }) => ({
      ...format,
      ...(fileUrl === null ? {} : { fileUrl }),
      ...(retireNamesAbove === null ? {} : { retireNamesAbove: Number(retireNamesAbove) }),
    }));
  }
}
