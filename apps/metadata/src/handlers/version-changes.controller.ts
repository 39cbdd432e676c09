import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { CommitVersion } from '../use-cases/commit-version';
import { RemoveVersions } from '../use-cases/remove-versions';
import { UpdateVersions } from '../use-cases/update-versions';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class VersionChangesController {
  constructor(
    private readonly commitVersionUseCase: CommitVersion,
    private readonly updateVersionsUseCase: UpdateVersions,
    private readonly removeVersionsUseCase: RemoveVersions,
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

  @MessagePattern(patternOf(metadataContract, 'removeVersions'))
  removeVersions(
    request: RequestOf<Contract, 'removeVersions'>,
  ): Promise<ResponseOf<Contract, 'removeVersions'>> {
    return this.removeVersionsUseCase.execute(storable(request));
  }
}
