import { Inject, Injectable } from '@nestjs/common';
import type { metadataContract, ResponseOf } from '@packhouse/contracts';
import { DomainError, type Clock } from '@packhouse/kernel';
import { CLOCK } from '../clock-token';
import { StagedRepository, toStagedVersion } from '../persistence/staged.repository';
import { VersionRepository } from '../persistence/version.repository';
import { checkCommit, type CommitRequest } from './commit-rules';

@Injectable()
export class StageVersion {
  constructor(
    private readonly staged: StagedRepository,
    private readonly versions: VersionRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** What is staged now may still collide with another publish later: the approval looks again, under the lock. */
  async execute(request: CommitRequest): Promise<ResponseOf<typeof metadataContract, 'stageVersion'>> {
    checkCommit(request);
    const { format, ownerId, package: target, version } = request;
    const name = { format, ownerId, nameKey: target.nameKey };
    if (await this.versions.hasIdentity(name, version.identity)) {
      throw new DomainError(
        'version_exists',
        `"${target.name} ${version.version}" is already published, or was and is removed: stage it under a new version number.`,
        { version: version.version },
      );
    }
    return { staged: toStagedVersion(await this.staged.insert(request, this.clock.now())) };
  }
}
