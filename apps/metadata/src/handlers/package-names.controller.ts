import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { PackageNameRepository } from '../persistence/package-name.repository';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class PackageNamesController {
  constructor(private readonly names: PackageNameRepository) {}

  @MessagePattern(patternOf(metadataContract, 'listPackageOwners'))
  listPackageOwners(
    request: RequestOf<Contract, 'listPackageOwners'>,
  ): Promise<ResponseOf<Contract, 'listPackageOwners'>> {
    return this.names.listOwners(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'listPackageNames'))
  listPackageNames(
    request: RequestOf<Contract, 'listPackageNames'>,
  ): Promise<ResponseOf<Contract, 'listPackageNames'>> {
    return this.names.listNames(storable(request));
  }
}
