import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { billingContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { StorageLimits } from '../use-cases/storage-limits';

type Contract = typeof billingContract;

/** Answers the operations on limits; requests arrive validated. */
@Controller()
export class LimitsController {
  constructor(private readonly limits: StorageLimits) {}

  @MessagePattern(patternOf(billingContract, 'setStorageLimit'))
  async setStorageLimit(
    request: RequestOf<Contract, 'setStorageLimit'>,
  ): Promise<ResponseOf<Contract, 'setStorageLimit'>> {
    await this.limits.set(request);
    return {};
  }

  @MessagePattern(patternOf(billingContract, 'findStorageLimit'))
  findStorageLimit({
    ownerId,
  }: RequestOf<Contract, 'findStorageLimit'>): Promise<ResponseOf<Contract, 'findStorageLimit'>> {
    return this.limits.find(ownerId);
  }

  @MessagePattern(patternOf(billingContract, 'getStorage'))
  getStorage({ ownerId }: RequestOf<Contract, 'getStorage'>): Promise<ResponseOf<Contract, 'getStorage'>> {
    return this.limits.getStorage(ownerId);
  }
}
