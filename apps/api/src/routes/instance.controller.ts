import { All, Controller, Req, UseInterceptors } from '@nestjs/common';
import { formatDescriptor, metadataContract, type MetadataClient } from '@packhouse/contracts';
import { PublicUrl } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';

const describeInstance = defineOperation({
  id: 'ours/describe-instance',
  method: 'GET',
  path: '/api/packhouse/v1',
  summary: 'What this instance is',
  tags: ['instance'],
  auth: 'anyone',
  responses: {
    200: z.object({ url: z.string(), formats: z.array(formatDescriptor.extend({ url: z.string() })) }),
  },
});

/** What this instance is, and everything that the API has not. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class InstanceController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Operation(describeInstance)
  async describe(@Input() { request }: InputOf<typeof describeInstance>): Promise<object> {
    const { formats } = await this.metadata.listFormats({});
    const url = this.publicUrl.baseFor(request);
    return { url, formats: formats.map((format) => ({ ...format, url: `${url}${format.mount}/` })) };
  }

  @All('api/*')
  unknown(@Req() request: FastifyRequest): never {
    throw new DomainError(
      'not_found',
      `The API has no ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}.`,
    );
  }
}
