import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { VersionRepository } from '../persistence/version.repository';
import { FindFile } from '../use-cases/find-file';
import { FindLiveVersions } from '../use-cases/find-live-versions';
import { FindVersion } from '../use-cases/find-version';
import { ListVersions } from '../use-cases/list-versions';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class VersionsController {
  constructor(
    private readonly listVersionsUseCase: ListVersions,
    private readonly findVersionUseCase: FindVersion,
    private readonly findFileUseCase: FindFile,
    private readonly findLiveVersionsUseCase: FindLiveVersions,
    private readonly versions: VersionRepository,
  ) {}

  @MessagePattern(patternOf(metadataContract, 'listVersions'))
  listVersions(request: RequestOf<Contract, 'listVersions'>): Promise<ResponseOf<Contract, 'listVersions'>> {
    return this.listVersionsUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'findVersion'))
  findVersion(request: RequestOf<Contract, 'findVersion'>): Promise<ResponseOf<Contract, 'findVersion'>> {
    return this.findVersionUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'findFile'))
  findFile(request: RequestOf<Contract, 'findFile'>): Promise<ResponseOf<Contract, 'findFile'>> {
    return this.findFileUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'findLiveVersions'))
  findLiveVersions(
    request: RequestOf<Contract, 'findLiveVersions'>,
  ): Promise<ResponseOf<Contract, 'findLiveVersions'>> {
    return this.findLiveVersionsUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'listFiles'))
  async listFiles(request: RequestOf<Contract, 'listFiles'>): Promise<ResponseOf<Contract, 'listFiles'>> {
    return { files: await this.versions.listFiles(request.versionId) };
  }
}
