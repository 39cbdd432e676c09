import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { CommitVersion } from '../use-cases/commit-version';
import { UpdateVersions } from '../use-cases/update-versions';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class VersionChangesController {
  constructor(
    private readonly commitVersionUseCase: CommitVersion,
    private readonly updateVersionsUseCase: UpdateVersions,
  ) {}

  @MessagePattern(patternOf(metadataContract, 'commitVersion'))
  commitVersion(
    request: RequestOf<Contract, 'commitVersion'>,
  ): Promise<ResponseOf<Contract, 'commitVersion'>> {
    return this.commitVersionUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'updateVersions'))
  updateVersions(
    request: RequestOf<Contract, 'updateVersions'>,
  ): Promise<ResponseOf<Contract, 'updateVersions'>> {
    return this.updateVersionsUseCase.execute(storable(request));
  }
}
