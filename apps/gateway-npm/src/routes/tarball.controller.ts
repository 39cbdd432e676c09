import { Controller, Get, Head, Param, Req, Res } from '@nestjs/common';
import { FileSender, PullFlow } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NpmCallers } from '../npm-callers';
import { flowName, readName, type NameParams } from '../npm-packages';
import { npmFormat } from '../npm.format';

type FileParams = NameParams & { readonly file: string };

/** Tarballs, under `/-/thing-1.0.0.tgz` and, for old lock files, `/-/@acme/thing-1.0.0.tgz` (A3.3). */
@Controller('_registry/npm')
export class TarballController {
  constructor(
    private readonly callers: NpmCallers,
    private readonly pull: PullFlow,
    private readonly files: FileSender,
  ) {}

  // Before the GET: Fastify makes a HEAD of its own for a GET that has none yet.
  @Head('@:scope/:name/-/:file')
  head(
    @Req() request: FastifyRequest,
    @Param() params: FileParams,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.read(request, params, reply);
  }

  @Get('@:scope/:name/-/:file')
  async read(
    @Req() request: FastifyRequest,
    @Param() params: FileParams,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const name = readName(params);
    const caller = await this.callers.forRead(request);
    const pulled = await this.pull.openFile(npmFormat.id, caller, flowName(name), params.file);
    const cacheControl = `${pulled.facts.visibility === 'public' ? 'public' : 'private'}, max-age=31536000, immutable`;
    await this.files.sendPulled(request, reply, pulled, cacheControl);
  }

  @Get('@:scope/:name/-/@:fileScope/:file')
  readOldForm(
    @Req() request: FastifyRequest,
    @Param() params: FileParams & { fileScope: string },
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (params.fileScope.toLowerCase() !== params.scope?.toLowerCase()) throw new DomainError('not_found');
    return this.read(request, params, reply);
  }
}
