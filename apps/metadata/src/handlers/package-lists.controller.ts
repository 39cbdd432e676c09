import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { GetPackages } from '../use-cases/get-packages';
import { ListPackages } from '../use-cases/list-packages';
import { SearchPackages } from '../use-cases/search-packages';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class PackageListsController {
  constructor(
    private readonly getPackagesUseCase: GetPackages,
    private readonly listPackagesUseCase: ListPackages,
    private readonly searchPackagesUseCase: SearchPackages,
  ) {}

  @MessagePattern(patternOf(metadataContract, 'getPackages'))
  getPackages(request: RequestOf<Contract, 'getPackages'>): Promise<ResponseOf<Contract, 'getPackages'>> {
    return this.getPackagesUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'listPackages'))
  listPackages(request: RequestOf<Contract, 'listPackages'>): Promise<ResponseOf<Contract, 'listPackages'>> {
    return this.listPackagesUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'searchPackages'))
  searchPackages(
    request: RequestOf<Contract, 'searchPackages'>,
  ): Promise<ResponseOf<Contract, 'searchPackages'>> {
    return this.searchPackagesUseCase.execute(storable(request));
  }
}
