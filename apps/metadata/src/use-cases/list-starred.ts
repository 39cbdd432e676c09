import { Injectable } from '@nestjs/common';
import type { metadataContract, PackageFacts, RequestOf } from '@packhouse/contracts';
import type { Page } from '@packhouse/kernel';
import { z } from 'zod';
import { StarRepository } from '../persistence/star.repository';
import { fitMessage, readCursor, writeCursor } from './cursors';

@Injectable()
export class ListStarred {
  constructor(private readonly stars: StarRepository) {}

  async execute(request: RequestOf<typeof metadataContract, 'listStarred'>): Promise<Page<PackageFacts>> {
    const { accountId, cursor, limit } = request;
    const found = await this.stars.listByAccount(accountId, readCursor(cursor, z.uuid()), limit + 1);
    const items = fitMessage(found.slice(0, limit));
    const last = items[items.length - 1];
    return { items, next: last !== undefined && items.length < found.length ? writeCursor(last.id) : null };
  }
}
