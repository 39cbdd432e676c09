import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { blobsContract, patternOf, type RequestOf, type ResponseOf } from '@packhouse/contracts';
import { Uploads } from '../use-cases/uploads';

type Contract = typeof blobsContract;

/** Answers the operations on upload sessions; requests arrive validated. */
@Controller()
export class UploadsController {
  constructor(private readonly uploads: Uploads) {}

  @MessagePattern(patternOf(blobsContract, 'openUpload'))
  openUpload(request: RequestOf<Contract, 'openUpload'>): Promise<ResponseOf<Contract, 'openUpload'>> {
    return this.uploads.open(request);
  }

  @MessagePattern(patternOf(blobsContract, 'findUpload'))
  findUpload(request: RequestOf<Contract, 'findUpload'>): Promise<ResponseOf<Contract, 'findUpload'>> {
    return this.uploads.find(request);
  }

  @MessagePattern(patternOf(blobsContract, 'claimUpload'))
  claimUpload(request: RequestOf<Contract, 'claimUpload'>): Promise<ResponseOf<Contract, 'claimUpload'>> {
    return this.uploads.claim(request);
  }

  @MessagePattern(patternOf(blobsContract, 'advanceUpload'))
  advanceUpload(
    request: RequestOf<Contract, 'advanceUpload'>,
  ): Promise<ResponseOf<Contract, 'advanceUpload'>> {
    return this.uploads.advance(request);
  }

  @MessagePattern(patternOf(blobsContract, 'closeUpload'))
  closeUpload(request: RequestOf<Contract, 'closeUpload'>): Promise<ResponseOf<Contract, 'closeUpload'>> {
    return this.uploads.close(request);
  }
}
