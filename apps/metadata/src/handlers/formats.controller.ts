import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { AnnounceFormat } from '../use-cases/announce-format';
import { ListFormats } from '../use-cases/list-formats';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class FormatsController {
  constructor(
    private readonly announceFormatUseCase: AnnounceFormat,
    private readonly listFormatsUseCase: ListFormats,
  ) {}

  @MessagePattern(patternOf(metadataContract, 'announceFormat'))
  announceFormat(
    request: RequestOf<Contract, 'announceFormat'>,
  ): Promise<ResponseOf<Contract, 'announceFormat'>> {
    return this.announceFormatUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'listFormats'))
  listFormats(): Promise<ResponseOf<Contract, 'listFormats'>> {
    return this.listFormatsUseCase.execute();
  }
}
