import { Controller, Get, Head, Param, Req, Res } from '@nestjs/common';
import {
  metadataContract,
  type MetadataClient,
  type PackageFacts,
  type VersionRecord,
} from '@packhouse/contracts';
import { DocumentCache, InjectClient, sendDocument, type DocumentHeaders } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { renderVersion, type FragmentKind } from '../codec/fragments';
import { NpmCallers } from '../npm-callers';
import { NpmPackages, type NameParams } from '../npm-packages';
import { PackumentRenderer } from '../packument-renderer';

const ABBREVIATED = 'application/vnd.npm.install-v1+json';
const VARY = 'accept, accept-encoding, authorization';

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
    await sendDocument(
      request,
      reply,
      document,
      headersFor(facts, kind === 'full' ? 'application/json' : ABBREVIATED),
    );
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
    await sendDocument(request, reply, document, headersFor(facts, 'application/json'));
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

/** Shared caches must ask again each time, so that what was just published is seen (A3.4). */
function headersFor(facts: PackageFacts, contentType: string): DocumentHeaders {
  const cacheControl =
    facts.visibility === 'public' ? 'public, max-age=0, must-revalidate' : 'private, no-cache';
  return { contentType, cacheControl, vary: VARY };
}

/** The abbreviated form when the client likes it at least as well as plain JSON (A3.1). */
function chooseKind(accept: string | undefined): FragmentKind {
  if (!accept?.includes(ABBREVIATED)) return 'full';
  let abbreviated = 0;
  let full = 0;
  for (const part of accept.split(',')) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    if (type === ABBREVIATED) abbreviated = quality;
    if (type === 'application/json') full = quality;
  }
  return abbreviated > 0 && abbreviated >= full ? 'abbreviated' : 'full';
}
