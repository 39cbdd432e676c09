import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { MoveTag } from '../use-cases/move-tag';
import { RemoveTag } from '../use-cases/remove-tag';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class TagsController {
  constructor(
    private readonly moveTagUseCase: MoveTag,
    private readonly removeTagUseCase: RemoveTag,
  ) {}

  @MessagePattern(patternOf(metadataContract, 'moveTag'))
  moveTag(request: RequestOf<Contract, 'moveTag'>): Promise<ResponseOf<Contract, 'moveTag'>> {
    return this.moveTagUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'removeTag'))
  removeTag(request: RequestOf<Contract, 'removeTag'>): Promise<ResponseOf<Contract, 'removeTag'>> {
    return this.removeTagUseCase.execute(storable(request));
  }
}
