import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { RelationReadRepository } from '../persistence/relation-read.repository';
import { ReadRelations } from '../use-cases/read-relations';
import { SetTagRules } from '../use-cases/set-tag-rules';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class RelationsController {
  constructor(
    private readonly reads: RelationReadRepository,
    private readonly relations: ReadRelations,
    private readonly tagRules: SetTagRules,
  ) {}

  @MessagePattern(patternOf(metadataContract, 'findTagged'))
  async findTagged(request: RequestOf<Contract, 'findTagged'>): Promise<ResponseOf<Contract, 'findTagged'>> {
    const { packageId, tag } = storable(request);
    return { version: await this.reads.findTagged(packageId, tag) };
  }

  @MessagePattern(patternOf(metadataContract, 'listTags'))
  listTags(request: RequestOf<Contract, 'listTags'>): Promise<ResponseOf<Contract, 'listTags'>> {
    return this.relations.listTags(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'findContent'))
  findContent(request: RequestOf<Contract, 'findContent'>): Promise<ResponseOf<Contract, 'findContent'>> {
    return this.relations.findContent(request);
  }

  @MessagePattern(patternOf(metadataContract, 'listAbout'))
  listAbout(request: RequestOf<Contract, 'listAbout'>): Promise<ResponseOf<Contract, 'listAbout'>> {
    return this.relations.listAbout(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'describeRelations'))
  describeRelations(
    request: RequestOf<Contract, 'describeRelations'>,
  ): Promise<ResponseOf<Contract, 'describeRelations'>> {
    return this.relations.describe(request);
  }

  @MessagePattern(patternOf(metadataContract, 'listRelatedOfVersions'))
  listRelatedOfVersions(
    request: RequestOf<Contract, 'listRelatedOfVersions'>,
  ): Promise<ResponseOf<Contract, 'listRelatedOfVersions'>> {
    return this.reads.listOf(request);
  }

  @MessagePattern(patternOf(metadataContract, 'countRelatedOfVersions'))
  countRelatedOfVersions(
    request: RequestOf<Contract, 'countRelatedOfVersions'>,
  ): Promise<ResponseOf<Contract, 'countRelatedOfVersions'>> {
    return this.reads.countOf(request);
  }

  @MessagePattern(patternOf(metadataContract, 'setTagRules'))
  setTagRules(request: RequestOf<Contract, 'setTagRules'>): Promise<ResponseOf<Contract, 'setTagRules'>> {
    return this.tagRules.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'changeTagRules'))
  changeTagRules(
    request: RequestOf<Contract, 'changeTagRules'>,
  ): Promise<ResponseOf<Contract, 'changeTagRules'>> {
    return this.tagRules.change(storable(request));
  }
}
