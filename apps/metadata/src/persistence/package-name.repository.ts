import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { CompleteReadables } from './complete-readables';
import { readableCondition } from './readable-condition';
import { Parameters } from './sql';

type Contract = typeof metadataContract;

/** Names of live packages as lists without anything else. Logins are not known here: who asks brings them along. */
@Injectable()
export class PackageNameRepository {
  constructor(
    @InjectDatabase('metadata') private readonly database: ServiceDatabase,
    private readonly readables: CompleteReadables,
  ) {}

  async listOwners(
    request: RequestOf<Contract, 'listPackageOwners'>,
  ): Promise<ResponseOf<Contract, 'listPackageOwners'>> {
    const { format, after, limit } = request;
    const readable = await this.readables.complete(request.readable);
    const parameters = new Parameters();
    const add = (value: unknown): string => parameters.add(value);
    const behind = after === null ? '' : ` AND p.owner_id > ${add(after)}::uuid`;
    const rows = await this.database.query<{ owner_id: string }>(
      `SELECT DISTINCT p.owner_id FROM package p
       WHERE p.format = ${add(format)} AND p.removed_at IS NULL${behind} AND ${readableCondition(readable, add)}
       ORDER BY p.owner_id LIMIT ${add(limit + 1)}::int`,
      parameters.values,
    );
    return { ownerIds: rows.slice(0, limit).map((row) => row.owner_id), isEnd: rows.length <= limit };
  }

  async listNames(
    request: RequestOf<Contract, 'listPackageNames'>,
  ): Promise<ResponseOf<Contract, 'listPackageNames'>> {
    const { format, owners, after, limit } = request;
    const readable = await this.readables.complete(request.readable);
    const parameters = new Parameters();
    const add = (value: unknown): string => parameters.add(value);
    const ids = add(owners.map(({ id }) => id));
    const logins = add(owners.map(({ login }) => login));
    const whole = `(o.login || '/' || p.name) COLLATE "C"`;
    const behind = after === null ? '' : ` AND ${whole} > ${add(after)}`;
    const rows = await this.database.query<{ name: string }>(
      `SELECT ${whole} AS name FROM unnest(${ids}::uuid[], ${logins}::text[]) AS o(id, login)
       JOIN package p ON p.owner_id = o.id AND p.format = ${add(format)} AND p.removed_at IS NULL
       WHERE ${readableCondition(readable, add)}${behind}
       ORDER BY 1 LIMIT ${add(limit + 1)}::int`,
      parameters.values,
    );
    return { names: rows.slice(0, limit).map(({ name }) => name), isEnd: rows.length <= limit };
  }
}
