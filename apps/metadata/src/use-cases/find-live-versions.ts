import { Injectable } from '@nestjs/common';
import { VersionRepository } from '../persistence/version.repository';

@Injectable()
export class FindLiveVersions {
  constructor(private readonly versions: VersionRepository) {}

  async execute({ versionIds }: { versionIds: readonly string[] }): Promise<{ versionIds: string[] }> {
    return { versionIds: await this.versions.listKnownIds(versionIds) };
  }
}
