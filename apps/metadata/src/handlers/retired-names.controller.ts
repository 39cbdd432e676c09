import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { FreeRetiredName } from '../use-cases/free-retired-name';
import { ListRetiredNames } from '../use-cases/list-retired-names';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class RetiredNamesController {
  constructor(
    private readonly listRetiredNamesUseCase: ListRetiredNames,
    private readonly freeRetiredNameUseCase: FreeRetiredName,
  ) {}

  @MessagePattern(patternOf(metadataContract, 'listRetiredNames'))
  listRetiredNames(
    request: RequestOf<Contract, 'listRetiredNames'>,
  ): Promise<ResponseOf<Contract, 'listRetiredNames'>> {
    return this.listRetiredNamesUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'findRetiredNames'))
  findRetiredNames(
    request: RequestOf<Contract, 'findRetiredNames'>,
  ): Promise<ResponseOf<Contract, 'findRetiredNames'>> {
    return this.listRetiredNamesUseCase.find(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'freeRetiredName'))
  freeRetiredName(
    request: RequestOf<Contract, 'freeRetiredName'>,
  ): Promise<ResponseOf<Contract, 'freeRetiredName'>> {
    return this.freeRetiredNameUseCase.execute(storable(request));
  }
}
