import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { CountDownloads } from '../use-cases/count-downloads';
import { RecordDownloads } from '../use-cases/record-downloads';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class DownloadsController {
  constructor(
    private readonly recordDownloadsUseCase: RecordDownloads,
    private readonly countDownloadsUseCase: CountDownloads,
  ) {}

  @MessagePattern(patternOf(metadataContract, 'recordDownloads'))
  recordDownloads(
    request: RequestOf<Contract, 'recordDownloads'>,
  ): Promise<ResponseOf<Contract, 'recordDownloads'>> {
    return this.recordDownloadsUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'countDownloads'))
  countDownloads(
    request: RequestOf<Contract, 'countDownloads'>,
  ): Promise<ResponseOf<Contract, 'countDownloads'>> {
    return this.countDownloadsUseCase.execute(storable(request));
  }
}
