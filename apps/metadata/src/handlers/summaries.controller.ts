import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { Summarize } from '../use-cases/summarize';
import { storable } from './storable-request';

type Contract = typeof metadataContract;

@Controller()
export class SummariesController {
  constructor(private readonly summaries: Summarize) {}

  @MessagePattern(patternOf(metadataContract, 'listPackagesOf'))
  listPackagesOf(
    request: RequestOf<Contract, 'listPackagesOf'>,
  ): Promise<ResponseOf<Contract, 'listPackagesOf'>> {
    return this.summaries.listPackages(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'findPackageByNumber'))
  findPackageByNumber(
    request: RequestOf<Contract, 'findPackageByNumber'>,
  ): Promise<ResponseOf<Contract, 'findPackageByNumber'>> {
    return this.summaries.findPackageByNumber(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'findPackageByApiName'))
  findPackageByApiName(
    request: RequestOf<Contract, 'findPackageByApiName'>,
  ): Promise<ResponseOf<Contract, 'findPackageByApiName'>> {
    return this.summaries.findPackageByApiName(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'summarizePackages'))
  summarizePackages(
    request: RequestOf<Contract, 'summarizePackages'>,
  ): Promise<ResponseOf<Contract, 'summarizePackages'>> {
    return this.summaries.summarizePackages(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'listVersionsOf'))
  listVersionsOf(
    request: RequestOf<Contract, 'listVersionsOf'>,
  ): Promise<ResponseOf<Contract, 'listVersionsOf'>> {
    return this.summaries.listVersions(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'findVersionByNumber'))
  findVersionByNumber(
    request: RequestOf<Contract, 'findVersionByNumber'>,
  ): Promise<ResponseOf<Contract, 'findVersionByNumber'>> {
    return this.summaries.findVersionByNumber(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'getVersions'))
  getVersions(request: RequestOf<Contract, 'getVersions'>): Promise<ResponseOf<Contract, 'getVersions'>> {
    return this.summaries.getVersions(storable(request));
  }
}
