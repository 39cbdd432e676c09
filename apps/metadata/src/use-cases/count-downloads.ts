import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { DownloadRepository } from '../persistence/download.repository';

@Injectable()
export class CountDownloads {
  constructor(private readonly downloads: DownloadRepository) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'countDownloads'>,
  ): Promise<ResponseOf<typeof metadataContract, 'countDownloads'>> {
    const days = await this.downloads.countByDay(request.packageId, request.from, request.to);
    return { total: days.reduce((sum, day) => sum + day.count, 0), days };
  }
}
