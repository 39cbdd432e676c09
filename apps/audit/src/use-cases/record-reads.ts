import { Injectable } from '@nestjs/common';
import type { auditContract, PackageRead, RequestOf, ResponseOf } from '@packhouse/contracts';
import { readActions } from '../entries/action-names';
import { KnownNames } from '../entries/known-names';
import { EntryTable, type NewEntry } from '../persistence/entry-table';

type Request = RequestOf<typeof auditContract, 'recordReads'>;
type Response = ResponseOf<typeof auditContract, 'recordReads'>;

/** Makes entries of reads that a gateway tells in batches. */
@Injectable()
export class RecordReads {
  constructor(
    private readonly names: KnownNames,
    private readonly table: EntryTable,
  ) {}

  async run({ reads }: Request): Promise<Response> {
    const ids = new Set(reads.flatMap(({ repositoryId }) => repositoryId ?? []));
    const repositories = await this.names.findRepositoryNames([...ids]);
    await this.table.addDurably(
      reads.map((read) => entryOf(read, repositories.get(read.repositoryId ?? '') ?? null)),
    );
    return {};
  }
}

function entryOf(read: PackageRead, repository: string | null): NewEntry {
  const { kind, accountId, login, file, ...rest } = read;
  return {
    ...{ ...rest, action: readActions[kind], actorId: accountId, actor: login, repository },
    ...{ subject: null, before: null, data: file === null ? {} : { file } },
  };
}
