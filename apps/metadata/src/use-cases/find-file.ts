import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { VersionRepository } from '../persistence/version.repository';

@Injectable()
export class FindFile {
  constructor(private readonly versions: VersionRepository) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'findFile'>,
  ): Promise<ResponseOf<typeof metadataContract, 'findFile'>> {
    return { file: await this.versions.findFile(request.packageId, request.name) };
  }
}
