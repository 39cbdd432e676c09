import { Injectable } from '@nestjs/common';
import type { FormatDescriptor } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';

/** Rows of the `format` table: what the gateways said of themselves. */
@Injectable()
export class FormatRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  async save(format: FormatDescriptor): Promise<void> {
    await this.database.query(
      `INSERT INTO format (id, label, icon, mount, package_type, file_url) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (id) DO UPDATE SET label = EXCLUDED.label, icon = EXCLUDED.icon, mount = EXCLUDED.mount,
         package_type = EXCLUDED.package_type, file_url = EXCLUDED.file_url`,
      [
        ...[format.id, format.label, format.icon, format.mount],
        ...[format.packageType ?? '', format.fileUrl ?? null],
      ],
    );
  }

  async list(): Promise<FormatDescriptor[]> {
    const rows = await this.database.query<FormatDescriptor & { fileUrl: string | null }>(
      'SELECT id, label, icon, mount, package_type AS "packageType", file_url AS "fileUrl" FROM format ORDER BY id COLLATE "C"',
    );
    return rows.map(({ fileUrl, ...format }) => (fileUrl === null ? format : { ...format, fileUrl }));
  }
}
