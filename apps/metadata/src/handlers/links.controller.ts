import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { LinkRepository } from '../use-cases/link-repository';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class LinksController {
  constructor(private readonly links: LinkRepository) {}

  @MessagePattern(patternOf(metadataContract, 'linkRepository'))
  linkRepository(
    request: RequestOf<Contract, 'linkRepository'>,
  ): Promise<ResponseOf<Contract, 'linkRepository'>> {
    return this.links.link(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'setInheritance'))
  setInheritance(
    request: RequestOf<Contract, 'setInheritance'>,
  ): Promise<ResponseOf<Contract, 'setInheritance'>> {
    return this.links.setInheritance(storable(request));
  }
}
