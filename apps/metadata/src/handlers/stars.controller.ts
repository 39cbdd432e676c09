import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { ListStarred } from '../use-cases/list-starred';
import { SetStar } from '../use-cases/set-star';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class StarsController {
  constructor(
    private readonly setStarUseCase: SetStar,
    private readonly listStarredUseCase: ListStarred,
  ) {}

  @MessagePattern(patternOf(metadataContract, 'setStar'))
  setStar(request: RequestOf<Contract, 'setStar'>): Promise<ResponseOf<Contract, 'setStar'>> {
    return this.setStarUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'listStarred'))
  listStarred(request: RequestOf<Contract, 'listStarred'>): Promise<ResponseOf<Contract, 'listStarred'>> {
    return this.listStarredUseCase.execute(storable(request));
  }
}
