import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { CompleteReadables } from '../persistence/complete-readables';
import { SearchRepository } from '../persistence/search.repository';
import { shortenProperties } from './shorten-properties';
import { normaliseKeyword, searchWords } from './search-terms';

@Injectable()
export class SearchPackages {
  constructor(
    private readonly packages: SearchRepository,
    private readonly readables: CompleteReadables,
  ) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'searchPackages'>,
  ): Promise<ResponseOf<typeof metadataContract, 'searchPackages'>> {
    const { format, ownerIds, offset, limit } = request;
    const readable = await this.readables.complete(request.readable);
    const words = searchWords(request.text);
    const keywords = request.keywords
      .map((group) => group.map(normaliseKeyword).filter((word) => word !== ''))
      .filter((group) => group.length > 0);
    const phrase = words.join(' ');
    const { total, items } = await this.packages.search({
      format,
      ownerIds,
      readable,
      offset,
      limit,
      phrase,
      words,
      keywords,
    });
    return { total, items: shortenProperties(items) };
  }
}
