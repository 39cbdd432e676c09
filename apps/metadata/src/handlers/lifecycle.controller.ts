import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { FreeVersion } from '../use-cases/free-version';
import { RemovePackage } from '../use-cases/remove-package';
import { RemoveVersions } from '../use-cases/remove-versions';
import { RestorePackage } from '../use-cases/restore-package';
import { RestoreVersion } from '../use-cases/restore-version';
import { SetVisibility } from '../use-cases/set-visibility';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class LifecycleController {
  constructor(
    private readonly removeVersionsUseCase: RemoveVersions,
    private readonly removePackageUseCase: RemovePackage,
    private readonly restoreVersionUseCase: RestoreVersion,
    private readonly restorePackageUseCase: RestorePackage,
    private readonly freeVersionUseCase: FreeVersion,
    private readonly setVisibilityUseCase: SetVisibility,
  ) {}

  @MessagePattern(patternOf(metadataContract, 'removeVersions'))
  removeVersions(
    request: RequestOf<Contract, 'removeVersions'>,
  ): Promise<ResponseOf<Contract, 'removeVersions'>> {
    return this.removeVersionsUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'removePackage'))
  removePackage(
    request: RequestOf<Contract, 'removePackage'>,
  ): Promise<ResponseOf<Contract, 'removePackage'>> {
    return this.removePackageUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'restoreVersion'))
  restoreVersion(
    request: RequestOf<Contract, 'restoreVersion'>,
  ): Promise<ResponseOf<Contract, 'restoreVersion'>> {
    return this.restoreVersionUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'restorePackage'))
  restorePackage(
    request: RequestOf<Contract, 'restorePackage'>,
  ): Promise<ResponseOf<Contract, 'restorePackage'>> {
    return this.restorePackageUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'freeVersion'))
  freeVersion(request: RequestOf<Contract, 'freeVersion'>): Promise<ResponseOf<Contract, 'freeVersion'>> {
    return this.freeVersionUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'setVisibility'))
  setVisibility(
    request: RequestOf<Contract, 'setVisibility'>,
  ): Promise<ResponseOf<Contract, 'setVisibility'>> {
    return this.setVisibilityUseCase.execute(storable(request));
  }
}
