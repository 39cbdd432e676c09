import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { StagedRepository, toStagedVersion } from '../persistence/staged.repository';
import { fitMessage } from './cursors';

@Injectable()
export class ListStagedVersions {
  constructor(private readonly staged: StagedRepository) {}

  /** A page may hold fewer than `limit` when their file lists are long; the next offset counts what came. */
  async execute(
    request: RequestOf<typeof metadataContract, 'listStagedVersions'>,
  ): Promise<ResponseOf<typeof metadataContract, 'listStagedVersions'>> {
    const { total, items } = await this.staged.list(request, request.offset, request.limit);
    return { total, items: fitMessage(items.map(toStagedVersion)) };
  }
}
