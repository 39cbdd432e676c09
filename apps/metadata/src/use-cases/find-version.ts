import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { VersionRepository } from '../persistence/version.repository';

@Injectable()
export class FindVersion {
  constructor(private readonly versions: VersionRepository) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'findVersion'>,
  ): Promise<ResponseOf<typeof metadataContract, 'findVersion'>> {
    const found = await this.versions.find(request.packageId, request.version, request.fragmentKind);
    return found ?? { version: null, files: [] };
  }
}
