import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { blobsContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { Collections } from '../use-cases/collections';

type Contract = typeof blobsContract;

/** Answers the operations on collections; requests arrive validated. */
@Controller()
export class CollectionsController {
  constructor(private readonly collections: Collections) {}

  @MessagePattern(patternOf(blobsContract, 'collectBlobs'))
  collectBlobs(request: RequestOf<Contract, 'collectBlobs'>): Promise<ResponseOf<Contract, 'collectBlobs'>> {
    return this.collections.request(request);
  }

  @MessagePattern(patternOf(blobsContract, 'takeInventory'))
  takeInventory(
    request: RequestOf<Contract, 'takeInventory'>,
  ): Promise<ResponseOf<Contract, 'takeInventory'>> {
    return this.collections.requestInventory(request);
  }

  @MessagePattern(patternOf(blobsContract, 'listCollections'))
  listCollections(
    request: RequestOf<Contract, 'listCollections'>,
  ): Promise<ResponseOf<Contract, 'listCollections'>> {
    return this.collections.list(request);
  }
}
