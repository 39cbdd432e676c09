import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { ImpactRepository } from '../persistence/impact.repository';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class ImpactController {
  constructor(private readonly impact: ImpactRepository) {}

  @MessagePattern(patternOf(metadataContract, 'findDependents'))
  findDependents(
    request: RequestOf<Contract, 'findDependents'>,
  ): Promise<ResponseOf<Contract, 'findDependents'>> {
    return this.impact.findDependents(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'listDownloaders'))
  listDownloaders(
    request: RequestOf<Contract, 'listDownloaders'>,
  ): Promise<ResponseOf<Contract, 'listDownloaders'>> {
    return this.impact.listDownloaders(storable(request));
  }
}
