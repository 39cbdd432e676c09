import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { blobsContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { DropLinks } from '../use-cases/drop-links';
import { FindBlob } from '../use-cases/find-blob';
import { GetUsage } from '../use-cases/get-usage';
import { LinkBlobs } from '../use-cases/link-blobs';

type Contract = typeof blobsContract;

/** Answers the operations of the blobs contract; requests arrive validated. */
@Controller()
export class BlobsController {
  constructor(
    private readonly links: LinkBlobs,
    private readonly drops: DropLinks,
    private readonly finder: FindBlob,
    private readonly usage: GetUsage,
  ) {}

  @MessagePattern(patternOf(blobsContract, 'linkBlobs'))
  async linkBlobs(request: RequestOf<Contract, 'linkBlobs'>): Promise<ResponseOf<Contract, 'linkBlobs'>> {
    await this.links.run(request);
    return {};
  }

  @MessagePattern(patternOf(blobsContract, 'dropProvisionalLinks'))
  async dropProvisionalLinks(
    request: RequestOf<Contract, 'dropProvisionalLinks'>,
  ): Promise<ResponseOf<Contract, 'dropProvisionalLinks'>> {
    await this.drops.dropProvisional(request.versionId);
    return {};
  }

  @MessagePattern(patternOf(blobsContract, 'findBlob'))
  findBlob(request: RequestOf<Contract, 'findBlob'>): Promise<ResponseOf<Contract, 'findBlob'>> {
    return this.finder.run(request.sha256);
  }

  @MessagePattern(patternOf(blobsContract, 'getUsage'))
  getUsage(_request: RequestOf<Contract, 'getUsage'>): Promise<ResponseOf<Contract, 'getUsage'>> {
    return this.usage.run();
  }
}
