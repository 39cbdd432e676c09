import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf } from '@packhouse/contracts';
import { DownloadRepository } from '../persistence/download.repository';

@Injectable()
export class RecordDownloads {
  constructor(private readonly downloads: DownloadRepository) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'recordDownloads'>,
  ): Promise<Record<string, never>> {
    await this.downloads.record(request.batchId, request.items);
    return {};
  }
}
