import { Injectable } from '@nestjs/common';
import type { metadataContract, PackageFacts, RequestOf } from '@packhouse/contracts';
import type { Page } from '@packhouse/kernel';
import { z } from 'zod';
import { PackageRepository } from '../persistence/package.repository';
import { fitMessage, readCursor, writeCursor } from './cursors';

const position = z.object({ nameKey: z.string(), id: z.uuid() });

@Injectable()
export class ListPackages {
  constructor(private readonly packages: PackageRepository) {}

  async execute(request: RequestOf<typeof metadataContract, 'listPackages'>): Promise<Page<PackageFacts>> {
    const { ownerId, format, cursor, limit } = request;
    const found = await this.packages.listByOwner(ownerId, format, readCursor(cursor, position), limit + 1);
    const items = fitMessage(found.slice(0, limit));
    const last = items[items.length - 1];
    const isMore = last !== undefined && items.length < found.length;
    return { items, next: isMore ? writeCursor({ nameKey: last.nameKey, id: last.id }) : null };
  }
}
