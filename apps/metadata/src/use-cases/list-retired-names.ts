import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, RetiredName } from '@packhouse/contracts';
import type { Page } from '@packhouse/kernel';
import { z } from 'zod';
import { RetiredNameRepository } from '../persistence/retired-name.repository';
import { readCursor, writeCursor } from './cursors';

const position = z.object({ loginKey: z.string(), format: z.string(), nameKey: z.string() });
/** Enough to say what is wrong. */
const MAX_FOUND = 5;

/** Which names are retired: for administrators, and before an account takes another login. */
@Injectable()
export class ListRetiredNames {
  constructor(private readonly names: RetiredNameRepository) {}

  async execute({
    login,
    cursor,
    limit,
  }: RequestOf<typeof metadataContract, 'listRetiredNames'>): Promise<Page<RetiredName>> {
    const { items, last } = await this.names.list(login, readCursor(cursor, position), limit);
    return { items, next: last && writeCursor(last) };
  }

  async find(
    request: RequestOf<typeof metadataContract, 'findRetiredNames'>,
  ): Promise<{ items: RetiredName[] }> {
    return { items: await this.names.findForOwner(request, MAX_FOUND) };
  }
}
