import { Injectable } from '@nestjs/common';
import type { FormatDescriptor } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';

/** Rows of the `format` table: what the gateways said of themselves. */
@Injectable()
export class FormatRepository {
  constructor(@InjectDatabase('metadata') private readonly database: ServiceDatabase) {}

  async save(format: FormatDescriptor): Promise<void> {
    await this.database.query(
      `INSERT INTO format (id, label, icon, mount, package_type, whole_name) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (id) DO UPDATE SET label = EXCLUDED.label, icon = EXCLUDED.icon, mount = EXCLUDED.mount,
         package_type = EXCLUDED.package_type, whole_name = EXCLUDED.whole_name`,
      [
        format.id,
        format.label,
        format.icon,
        format.mount,
        format.packageType ?? '',
        format.wholeName ?? '{name}',
      ],
    );
  }

  async list(): Promise<FormatDescriptor[]> {
    return this.database.query<FormatDescriptor>(
      `SELECT id, label, icon, mount, package_type AS "packageType", whole_name AS "wholeName"
       FROM format ORDER BY id COLLATE "C"`,
    );
  }
}
