import { Controller, Get, Head, Param, Req, Res } from '@nestjs/common';
import {
  metadataContract,
  type MetadataClient,
  type PackageFacts,
  type VersionRecord,
} from '@packhouse/contracts';
import { DocumentCache, InjectClient, sendDocument } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { chooseKind, headersFor } from '../codec/document-forms';
import { renderVersion } from '../codec/fragments';
import { NpmCallers } from '../npm-callers';
import { NpmPackages, type NameParams } from '../npm-packages';
import { PackumentRenderer } from '../packument-renderer';

/** Documents of packages and versions (A3). */
@Controller('_registry/npm')
export class PackumentController {
  constructor(
    private readonly packages: NpmPackages,
    private readonly callers: NpmCallers,
    private readonly documents: DocumentCache,
    private readonly renderer: PackumentRenderer,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
  ) {}

  // Before the GET: Fastify makes a HEAD of its own for a GET that has none yet.
  @Head('@:scope/:name')
  headPackage(
    @Req() request: FastifyRequest,
    @Param() params: NameParams,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.readPackage(request, params, reply);
  }

  @Get('@:scope/:name')
  async readPackage(
    @Req() request: FastifyRequest,
    @Param() params: NameParams,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { facts, owner } = await this.packages.openForRead(request, params);
    const kind = chooseKind(request.headers.accept);
    const baseUrl = this.callers.baseFor(request);
    const document = this.documents.get(facts, kind, baseUrl, () =>
      this.renderer.render(owner, facts, kind, baseUrl),
    );
    await sendDocument(request, reply, document, headersFor(facts, kind));
  }

  /** Unscoped names have no owner here; clients ask for `npm` and `pnpm` to tell of updates. */
  @Get(':name')
  readUnscoped(@Req() request: FastifyRequest, @Param() params: NameParams): Promise<unknown> {
    return this.packages.openForRead(request, params);
  }

  @Get(':name/:version')
  readUnscopedVersion(@Req() request: FastifyRequest, @Param() params: NameParams): Promise<unknown> {
    return this.packages.openForRead(request, params);
  }

  /** One version, by number or by tag (A3.2). */
  @Get('@:scope/:name/:version')
  async readVersion(
    @Req() request: FastifyRequest,
    @Param() params: NameParams & { version: string },
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { facts } = await this.packages.openForRead(request, params);
    const baseUrl = this.callers.baseFor(request);
    const fragment = await this.findFragment(facts, params.version);
    if (fragment === null)
      throw new DomainError(
        'not_found',
        `${facts.name} has no version or tag "${params.version.slice(0, 100)}".`,
      );
    const document = this.documents.get(facts, `version-${encodeURIComponent(params.version)}`, baseUrl, () =>
      Promise.resolve(Buffer.from(renderVersion(fragment, baseUrl))),
    );
    await sendDocument(request, reply, document, headersFor(facts, 'full'));
  }

  private async findFragment(facts: PackageFacts, versionOrTag: string): Promise<string | null> {
    const packageId = facts.id;
    const direct = await this.metadata.findVersion({
      packageId,
      version: versionOrTag,
      fragmentKind: 'full',
    });
    if (direct.version) return direct.version.removed ? null : this.currentFragment(facts, direct.version);
    const { tags } = await this.metadata.describePackage({ packageId });
    const tag = tags.find(({ name }) => name === versionOrTag);
    if (!tag) return null;
    const tagged = await this.metadata.findVersion({ packageId, version: tag.version, fragmentKind: 'full' });
    return tagged.version && this.currentFragment(facts, tagged.version);
  }

  private async currentFragment(facts: PackageFacts, version: VersionRecord): Promise<string | null> {
    const [current] = await this.renderer.underName(facts.name, [version]);
    return current?.fragment ?? null;
  }
}
