import { All, Controller, Get, Req } from '@nestjs/common';
import { DomainError } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';

/** The root of the registry, its ping, and everything that is not there (A8). */
@Controller('_registry/npm')
export class RegistryController {
  @Get()
  root(): object {
    return { db_name: 'registry', engine: 'packhouse' };
  }

  @Get('-/ping')
  ping(): object {
    return {};
  }

  // The first without a wildcard of its own would be taken for a package called "-".
  @All(['-', '-/*', '*'])
  unknown(@Req() request: FastifyRequest): never {
    throw new DomainError(
      'not_found',
      `This registry has no ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}.`,
    );
  }
}
