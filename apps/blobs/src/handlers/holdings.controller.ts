import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { blobsContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { Holdings } from '../use-cases/holdings';

type Contract = typeof blobsContract;

/** Answers the operations on holdings; requests arrive validated. */
@Controller()
export class HoldingsController {
  constructor(private readonly holdings: Holdings) {}

  @MessagePattern(patternOf(blobsContract, 'holdBlobs'))
  async holdBlobs(request: RequestOf<Contract, 'holdBlobs'>): Promise<ResponseOf<Contract, 'holdBlobs'>> {
    await this.holdings.hold(request);
    return {};
  }

  @MessagePattern(patternOf(blobsContract, 'findHeld'))
  findHeld(request: RequestOf<Contract, 'findHeld'>): Promise<ResponseOf<Contract, 'findHeld'>> {
    return this.holdings.find(request);
  }

  @MessagePattern(patternOf(blobsContract, 'mountBlobs'))
  mountBlobs(request: RequestOf<Contract, 'mountBlobs'>): Promise<ResponseOf<Contract, 'mountBlobs'>> {
    return this.holdings.mount(request);
  }

  @MessagePattern(patternOf(blobsContract, 'dropHeld'))
  dropHeld(request: RequestOf<Contract, 'dropHeld'>): Promise<ResponseOf<Contract, 'dropHeld'>> {
    return this.holdings.drop(request);
  }
}
