import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { VersionConnectionRepository } from '../persistence/version-connection.repository';
import { fitMessage } from './cursors';

/** Long texts of versions, as many as one message takes: the caller asks again for the rest. */
@Injectable()
export class GetVersionTexts {
  constructor(private readonly versions: VersionConnectionRepository) {}

  async execute(
    request: RequestOf<typeof metadataContract, 'getVersionTexts'>,
  ): Promise<ResponseOf<typeof metadataContract, 'getVersionTexts'>> {
    const found = await this.versions.listTexts(request.versionIds, request.property);
    return { texts: fitMessage(found) };
  }
}
