import {
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Put,
  Req,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { actorOf, InjectClient } from '@packhouse/gateway-kit';
import { readJson } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { checkTag } from '../codec/package-version';
import { NoStore } from '../no-store';
import { NpmPackages, type NameParams } from '../npm-packages';

type TagParams = NameParams & { readonly tag: string };

/** `npm dist-tag` (A4.5). The body of a move is a bare JSON string. */
@Controller('_registry/npm/-/package/@:scope/:name/dist-tags')
@UseInterceptors(NoStore)
export class DistTagsController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly packages: NpmPackages,
  ) {}

  @Get()
  async list(
    @Req() request: FastifyRequest,
    @Param() params: NameParams,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { facts } = await this.packages.openForRead(request, params);
    const { tags } = await this.metadata.describePackage({ packageId: facts.id });
    void reply
      .header('content-type', 'application/json')
      .send(JSON.stringify(Object.fromEntries(tags.map((tag) => [tag.name, tag.version]))));
  }

  @Put(':tag')
  @HttpCode(200)
  async move(@Req() request: FastifyRequest, @Param() params: TagParams): Promise<object> {
    const { facts, caller } = await this.packages.openForChange(request, params, 'write');
    const version = await readJson(request, 10_000);
    if (typeof version !== 'string')
      throw new DomainError('invalid_request', 'A dist-tag points to a version: send it as a JSON string.');
    checkTag(params.tag);
    await this.metadata.moveTag({ packageId: facts.id, tag: params.tag, version, actor: actorOf(caller) });
    return { ok: true };
  }

  @Post(':tag')
  @HttpCode(200)
  moveByPost(@Req() request: FastifyRequest, @Param() params: TagParams): Promise<object> {
    return this.move(request, params);
  }

  @Delete(':tag')
  @HttpCode(200)
  async remove(@Req() request: FastifyRequest, @Param() params: TagParams): Promise<object> {
    const { facts, caller } = await this.packages.openForChange(request, params, 'write');
    if (params.tag === 'latest')
      throw new DomainError(
        'forbidden',
        'The tag "latest" cannot be removed: move it to another version instead.',
      );
    await this.metadata.removeTag({ packageId: facts.id, tag: params.tag, actor: actorOf(caller) });
    return { ok: true };
  }
}
