import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { DescribePackage } from '../use-cases/describe-package';
import { FindPackage } from '../use-cases/find-package';
import { SetPackageProperties } from '../use-cases/set-package-properties';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class PackagesController {
  constructor(
    private readonly findPackageUseCase: FindPackage,
    private readonly describePackageUseCase: DescribePackage,
    private readonly setPackagePropertiesUseCase: SetPackageProperties,
  ) {}

  @MessagePattern(patternOf(metadataContract, 'findPackage'))
  findPackage(request: RequestOf<Contract, 'findPackage'>): Promise<ResponseOf<Contract, 'findPackage'>> {
    return this.findPackageUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'describePackage'))
  describePackage(
    request: RequestOf<Contract, 'describePackage'>,
  ): Promise<ResponseOf<Contract, 'describePackage'>> {
    return this.describePackageUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'setPackageProperties'))
  setPackageProperties(
    request: RequestOf<Contract, 'setPackageProperties'>,
  ): Promise<ResponseOf<Contract, 'setPackageProperties'>> {
    return this.setPackagePropertiesUseCase.execute(storable(request));
  }
}
