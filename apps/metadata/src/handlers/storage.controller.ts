import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { StorageRepository } from '../persistence/storage.repository';

type Contract = typeof metadataContract;

@Controller()
export class StorageController {
  constructor(private readonly storage: StorageRepository) {}

  @MessagePattern(patternOf(metadataContract, 'measureStorage'))
  measureStorage({
    ownerId,
    besides,
  }: RequestOf<Contract, 'measureStorage'>): Promise<ResponseOf<Contract, 'measureStorage'>> {
    return this.storage.measure(ownerId, besides);
  }
}
