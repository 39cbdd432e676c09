import { Injectable } from '@nestjs/common';
import type { StagedVersion } from '@packhouse/contracts';
import { StagedRepository, toStagedVersion } from '../persistence/staged.repository';

@Injectable()
export class FindStagedVersion {
  constructor(private readonly staged: StagedRepository) {}

  async execute({ stagedId }: { stagedId: string }): Promise<{ staged: StagedVersion | null }> {
    const found = await this.staged.find(stagedId);
    return { staged: found && toStagedVersion(found) };
  }
}
