import { Controller, Get, HttpCode, Param, Put, Req, Res } from '@nestjs/common';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import {
  Callers,
  DocumentCache,
  FileSender,
  InjectClient,
  PublishFlow,
  PullFlow,
  sendDocument,
} from '@packhouse/gateway-kit';
import { keepOpen, rawBody } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { echoFormat } from './echo.format';

interface PackageParams {
  readonly owner: string;
  readonly name: string;
}

type VersionParams = PackageParams & { readonly version: string };

const MAX_BYTES = 10_000;
const HEADERS = { contentType: 'text/plain', cacheControl: 'no-cache', vary: 'accept-encoding' };

/** The whole protocol: put a version, get a version, list the versions. */
@Controller('_registry/echo/:owner/:name')
export class EchoController {
  constructor(
    private readonly callers: Callers,
    private readonly publish: PublishFlow,
    private readonly pull: PullFlow,
    private readonly documents: DocumentCache,
    private readonly files: FileSender,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
  ) {}

  @Put(':version')
  @HttpCode(201)
  async put(@Req() request: FastifyRequest, @Param() params: VersionParams): Promise<string> {
    const caller = await this.callers.identifySignedIn(request);
    const { version } = params;
    if (!/^\d{1,6}$/.test(version)) throw new DomainError('invalid_package', 'A version is a number.');
    const publication = await this.publish.begin(echoFormat, caller, nameOf(params));
    try {
      const upload = await publication.startUpload(MAX_BYTES);
      for await (const chunk of keepOpen(rawBody(request))) await upload.write(chunk);
      const file = { name: `${version}.txt`, contentType: 'text/plain', staged: await upload.finish() };
      const { outcome } = await publication.commit({
        version,
        identity: version,
        sortKey: version.padStart(6, '0'),
        files: [file],
        fragments: { line: `${version}\n` },
        properties: {},
        packageProperties: { description: 'An echo' },
        tags: ['latest'],
        headTag: 'latest',
        visibility: 'private',
        repositoryId: null,
        inheritsAccess: false,
      });
      return `${outcome}\n`;
    } finally {
      await publication.abandon();
    }
  }

  @Get()
  async list(
    @Req() request: FastifyRequest,
    @Param() params: PackageParams,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { facts } = await this.pull.open(
      echoFormat.id,
      await this.callers.identify(request),
      nameOf(params),
    );
    const document = this.documents.get(facts, 'list', '', async () => {
      const { items } = await this.metadata.listVersions({ packageId: facts.id, fragmentKind: 'line' });
      return Buffer.from(items.map(({ fragment }) => fragment ?? '').join(''));
    });
    await sendDocument(request, reply, document, HEADERS);
  }

  @Get(':version')
  async get(
    @Req() request: FastifyRequest,
    @Param() params: VersionParams,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const caller = await this.callers.identify(request);
    const pulled = await this.pull.openFile(echoFormat.id, caller, nameOf(params), `${params.version}.txt`);
    await this.files.sendPulled(request, reply, pulled, 'no-cache');
  }
}

function nameOf({ owner, name }: PackageParams) {
  return { ownerLogin: owner, name, nameKey: name.toLowerCase() };
}
