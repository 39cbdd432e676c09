import { All, Controller, Get, Req } from '@nestjs/common';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { PublicUrl } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';

/** What this instance is, and everything that the API has not. */
@Controller('api')
export class InstanceController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Get('packhouse/v1')
  async describe(@Req() request: FastifyRequest): Promise<object> {
    const { formats } = await this.metadata.listFormats({});
    const url = this.publicUrl.baseFor(request);
    return { url, formats: formats.map((format) => ({ ...format, url: `${url}${format.mount}/` })) };
  }

  @All('*')
  unknown(@Req() request: FastifyRequest): never {
    throw new DomainError(
      'not_found',
      `The API has no ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}.`,
    );
  }
}
