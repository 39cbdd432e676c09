import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { ApproveStagedVersion } from '../use-cases/approve-staged-version';
import { FindStagedVersion } from '../use-cases/find-staged-version';
import { ListStagedVersions } from '../use-cases/list-staged-versions';
import { RejectStagedVersion } from '../use-cases/reject-staged-version';
import { StageVersion } from '../use-cases/stage-version';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class StagedVersionsController {
  constructor(
    private readonly stageVersionUseCase: StageVersion,
    private readonly findStagedVersionUseCase: FindStagedVersion,
    private readonly listStagedVersionsUseCase: ListStagedVersions,
    private readonly approveStagedVersionUseCase: ApproveStagedVersion,
    private readonly rejectStagedVersionUseCase: RejectStagedVersion,
  ) {}

  @MessagePattern(patternOf(metadataContract, 'stageVersion'))
  stageVersion(request: RequestOf<Contract, 'stageVersion'>): Promise<ResponseOf<Contract, 'stageVersion'>> {
    return this.stageVersionUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'findStagedVersion'))
  findStagedVersion(
    request: RequestOf<Contract, 'findStagedVersion'>,
  ): Promise<ResponseOf<Contract, 'findStagedVersion'>> {
    return this.findStagedVersionUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'listStagedVersions'))
  listStagedVersions(
    request: RequestOf<Contract, 'listStagedVersions'>,
  ): Promise<ResponseOf<Contract, 'listStagedVersions'>> {
    return this.listStagedVersionsUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'approveStagedVersion'))
  approveStagedVersion(
    request: RequestOf<Contract, 'approveStagedVersion'>,
  ): Promise<ResponseOf<Contract, 'approveStagedVersion'>> {
    return this.approveStagedVersionUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'rejectStagedVersion'))
  rejectStagedVersion(
    request: RequestOf<Contract, 'rejectStagedVersion'>,
  ): Promise<ResponseOf<Contract, 'rejectStagedVersion'>> {
    return this.rejectStagedVersionUseCase.execute(storable(request));
  }
}
