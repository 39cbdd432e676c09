import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { metadataContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { CompleteReadables } from '../persistence/complete-readables';
import { PackageConnectionRepository } from '../persistence/package-connection.repository';
import { VersionConnectionRepository } from '../persistence/version-connection.repository';
import { GetVersionTexts } from '../use-cases/get-version-texts';
import { storable } from './storable-request';

type Contract = typeof metadataContract;
type Ask<K extends keyof Contract['operations']> = RequestOf<Contract, K>;
type Answer<K extends keyof Contract['operations']> = Promise<ResponseOf<Contract, K>>;

/** Lists of many parents at once. */
@Controller()
export class ConnectionsController {
  constructor(
    private readonly packages: PackageConnectionRepository,
    private readonly versions: VersionConnectionRepository,
    private readonly getVersionTextsUseCase: GetVersionTexts,
    private readonly readables: CompleteReadables,
  ) {}

  @MessagePattern(patternOf(metadataContract, 'listPackagesOfParents'))
  async listPackagesOfParents(request: Ask<'listPackagesOfParents'>): Answer<'listPackagesOfParents'> {
    const readable = await this.readables.complete(request.readable);
    return this.packages.listOfParents({ ...storable(request), readable });
  }

  @MessagePattern(patternOf(metadataContract, 'countPackagesOfParents'))
  async countPackagesOfParents(request: Ask<'countPackagesOfParents'>): Answer<'countPackagesOfParents'> {
    const readable = await this.readables.complete(request.readable);
    return this.packages.countOfParents({ ...storable(request), readable });
  }

  @MessagePattern(patternOf(metadataContract, 'getReadablePackages'))
  async getReadablePackages({ ids, readable }: Ask<'getReadablePackages'>): Answer<'getReadablePackages'> {
    const complete = await this.readables.complete(readable);
    return { packages: await this.packages.listReadable(ids, complete) };
  }

  @MessagePattern(patternOf(metadataContract, 'listVersionsOfPackages'))
  listVersionsOfPackages(request: Ask<'listVersionsOfPackages'>): Answer<'listVersionsOfPackages'> {
    return this.versions.listOfPackages(request);
  }

  @MessagePattern(patternOf(metadataContract, 'listFilesOfVersions'))
  listFilesOfVersions(request: Ask<'listFilesOfVersions'>): Answer<'listFilesOfVersions'> {
    return this.versions.listFilesOf(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'countFilesOfVersions'))
  async countFilesOfVersions({ versionIds }: Ask<'countFilesOfVersions'>): Answer<'countFilesOfVersions'> {
    return { counts: await this.versions.countOf('file', versionIds) };
  }

  @MessagePattern(patternOf(metadataContract, 'listTagsOfVersions'))
  listTagsOfVersions(request: Ask<'listTagsOfVersions'>): Answer<'listTagsOfVersions'> {
    return this.versions.listTagsOf(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'countTagsOfVersions'))
  async countTagsOfVersions({ versionIds }: Ask<'countTagsOfVersions'>): Answer<'countTagsOfVersions'> {
    return { counts: await this.versions.countOf('tag', versionIds) };
  }

  @MessagePattern(patternOf(metadataContract, 'getListedTags'))
  async getListedTags(request: Ask<'getListedTags'>): Answer<'getListedTags'> {
    return { tags: await this.versions.listTagsByName(storable(request).wanted) };
  }

  @MessagePattern(patternOf(metadataContract, 'getListedVersions'))
  async getListedVersions({ ids }: Ask<'getListedVersions'>): Answer<'getListedVersions'> {
    return { versions: await this.versions.listByIds(ids) };
  }

  @MessagePattern(patternOf(metadataContract, 'getListedFiles'))
  async getListedFiles({ ids }: Ask<'getListedFiles'>): Answer<'getListedFiles'> {
    return { files: await this.versions.listFilesByIds(ids) };
  }

  @MessagePattern(patternOf(metadataContract, 'findHeadVersions'))
  async findHeadVersions({ packageIds }: Ask<'findHeadVersions'>): Answer<'findHeadVersions'> {
    return { versions: await this.versions.listHeads(packageIds) };
  }

  @MessagePattern(patternOf(metadataContract, 'findVersionsByText'))
  async findVersionsByText(request: Ask<'findVersionsByText'>): Answer<'findVersionsByText'> {
    return { versions: await this.versions.listByText(storable(request).wanted) };
  }

  @MessagePattern(patternOf(metadataContract, 'getVersionTexts'))
  getVersionTexts(request: Ask<'getVersionTexts'>): Answer<'getVersionTexts'> {
    return this.getVersionTextsUseCase.execute(storable(request));
  }

  @MessagePattern(patternOf(metadataContract, 'sumDownloads'))
  async sumDownloads({ packageIds, versionIds }: Ask<'sumDownloads'>): Answer<'sumDownloads'> {
    return { totals: await this.versions.sumDownloads(packageIds, versionIds) };
  }
}
