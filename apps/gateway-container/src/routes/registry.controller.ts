import { All, Controller, Req, Res, type Type } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { apiRootOf } from '../api-root';
import type { RegistryProduct } from '../product';
import { RegistryRequests } from '../registry-requests';

/** The one route of a product's protocol: names hold slashes, so that no router can tell its addresses apart. */
export function createRegistryController(product: RegistryProduct): Type {
  const root = apiRootOf(product);

  @Controller()
  class RegistryController {
    constructor(private readonly requests: RegistryRequests) {}

    @All([root, `${root}/*`])
    serve(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
      return this.requests.serve(request, reply);
    }
  }
  return RegistryController;
}
