import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { z } from 'zod';
import { VersionRepository } from '../persistence/version.repository';
import { readCursor, writeCursor } from './cursors';

const position = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const MAX_ITEMS = 1000;
const MAX_BYTES = 500_000;

/**
 * A page of versions in order of publication. Every page tells the revision it was read at: when it differs from
 * that of the page before, the package changed in between and the caller starts again.
 */
@Injectable()
export class ListVersions {
  constructor(private readonly versions: VersionRepository) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'listVersions'>,
  ): Promise<ResponseOf<typeof metadataContract, 'listVersions'>> {
    const { packageId, fragmentKind, afterRevision, cursor } = request;
    const after = readCursor(cursor, position) ?? 0;
    const page = await this.versions.listPage({
      packageId,
      fragmentKind,
      afterRevision,
      after,
      maxItems: MAX_ITEMS,
      maxBytes: MAX_BYTES,
    });
    if (!page) throw new DomainError('not_found', 'There is no such package.', { packageId });
    return {
      revision: page.revision,
      items: page.items,
      next: page.next === null ? null : writeCursor(page.next),
    };
  }
}
