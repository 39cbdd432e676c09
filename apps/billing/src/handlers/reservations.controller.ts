import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { billingContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { ReserveStorage } from '../use-cases/reserve-storage';

type Contract = typeof billingContract;

/** Answers the operations on reservations; requests arrive validated. */
@Controller()
export class ReservationsController {
  constructor(private readonly reservations: ReserveStorage) {}

  @MessagePattern(patternOf(billingContract, 'reserveStorage'))
  async reserveStorage(
    request: RequestOf<Contract, 'reserveStorage'>,
  ): Promise<ResponseOf<Contract, 'reserveStorage'>> {
    await this.reservations.reserveUpload(request);
    return {};
  }

  @MessagePattern(patternOf(billingContract, 'reserveContents'))
  async reserveContents(
    request: RequestOf<Contract, 'reserveContents'>,
  ): Promise<ResponseOf<Contract, 'reserveContents'>> {
    await this.reservations.reserveContents(request);
    return {};
  }

  @MessagePattern(patternOf(billingContract, 'releaseStorage'))
  async releaseStorage(
    request: RequestOf<Contract, 'releaseStorage'>,
  ): Promise<ResponseOf<Contract, 'releaseStorage'>> {
    await this.reservations.release(request);
    return {};
  }
}
