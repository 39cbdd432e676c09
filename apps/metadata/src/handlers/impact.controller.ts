import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { CompleteReadables } from '../persistence/complete-readables';
import { ImpactRepository } from '../persistence/impact.repository';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class ImpactController {
  constructor(
    private readonly impact: ImpactRepository,
    private readonly readables: CompleteReadables,
  ) {}

  @MessagePattern(patternOf(metadataContract, 'findDependents'))
  async findDependents(
    request: RequestOf<Contract, 'findDependents'>,
  ): Promise<ResponseOf<Contract, 'findDependents'>> {
    const readable = await this.readables.complete(request.readable);
    return this.impact.findDependents({ ...storable(request), readable });
  }

  @MessagePattern(patternOf(metadataContract, 'listDownloaders'))
  listDownloaders(
    request: RequestOf<Contract, 'listDownloaders'>,
  ): Promise<ResponseOf<Contract, 'listDownloaders'>> {
    return this.impact.listDownloaders(storable(request));
  }
}
