import { Controller, HttpCode, Param, Post, Put, Req, Res } from '@nestjs/common';
import type { SignedInCaller } from '@packhouse/gateway-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, isDomainError } from '@packhouse/kernel';
import { checkPublishableName, type PackageName } from '../codec/package-name';
import { readPut } from '../codec/write-requests';
import { NpmCallers } from '../npm-callers';
import { NpmPackages, readName, type NameParams } from '../npm-packages';
import { PackageChanges } from '../package-changes';
import { PublishPackage, type CheckedPublication, type PlainDocument } from '../publish-package';
import { formatRevision } from '../revision';

/** `PUT /NAME`: publish, deprecate and star, told apart by the document (A4.1, A4.2). */
@Controller('_registry/npm')
export class PublishController {
  constructor(
    private readonly callers: NpmCallers,
    private readonly packages: NpmPackages,
    private readonly publish: PublishPackage,
    private readonly changes: PackageChanges,
  ) {}

  @Put('@:scope/:name')
  @HttpCode(201)
  async put(
    @Req() request: FastifyRequest,
    @Param() params: NameParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const name = readName(params);
    const caller = await this.callers.signedIn(request);
    return this.publish.receive(request, caller, name, async (received) => {
      if (received.kind === 'document') return this.change(request, params, caller, received);
      const { notice } = received.version;
      // npm shows this header to the person at the terminal.
      if (notice !== null) void reply.header('npm-notice', asHeader(notice));
      return commit(name, received);
    });
  }

  /** `npm stage publish`: the same document, put aside until it is approved (A7). */
  @Post('-/stage/package/@:scope/:name')
  @HttpCode(201)
  async stage(@Req() request: FastifyRequest, @Param() params: NameParams): Promise<object> {
    const caller = await this.callers.signedIn(request);
    return this.publish.receive(request, caller, readName(params), async (received) => {
      if (received.kind === 'document') throw noTarball();
      const { id } = await received.tarball.publication.stage(received.version);
      return { ok: true, stageId: id };
    });
  }

  /** Only `@owner/name` is published here; the refusal says how to rename. */
  @Put(':name')
  async putUnscoped(@Req() request: FastifyRequest, @Param() params: NameParams): Promise<never> {
    await this.callers.signedIn(request);
    checkPublishableName(readName(params));
    throw new DomainError('not_found');
  }

  private async change(
    request: FastifyRequest,
    params: NameParams,
    caller: SignedInCaller,
    { document }: PlainDocument,
  ): Promise<object> {
    const wanted = readPut(document);
    if (wanted.operation === 'publish') throw noTarball();
    if (wanted.operation === 'star') {
      const opened = await this.packages.openForRead(request, params);
      await this.changes.star({ ...opened, caller }, wanted.stars);
      return { ok: true, id: opened.facts.name };
    }
    const opened = await this.packages.openForChange(request, params, 'write');
    await this.changes.deprecate(opened, wanted.messages);
    return { ok: true, id: opened.facts.name };
  }
}

const asHeader = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');

function noTarball(): DomainError {
  return new DomainError(
    'invalid_package',
    'The document has no tarball: "_attachments" needs one with its data.',
  );
}

async function commit(name: PackageName, { tarball, version }: CheckedPublication): Promise<object> {
  try {
    const { package: facts } = await tarball.publication.commit(version);
    return { ok: true, success: true, id: name.name, rev: formatRevision(facts) };
  } catch (error) {
    if (!isDomainError(error, 'version_exists')) throw error;
    throw new DomainError(
      'version_exists',
      `You cannot publish over ${name.name}@${version.version}: it is published, or was, with other content. Change the version number.`,
      error.details,
    );
  }
}
