import {
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import {
  authContract,
  completeReadable,
  metadataContract,
  workflowAccount,
  type AuthClient,
  type MetadataClient,
  type StagedVersion,
} from '@packhouse/contracts';
import {
  actorOf,
  FileSender,
  InjectClient,
  PackageAccess,
  toShared,
  type SignedInCaller,
} from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parsePackageName } from '../codec/package-name';
import { NoStore } from '../no-store';
import { NpmCallers } from '../npm-callers';
import { flowName } from '../npm-packages';
import { npmFormat } from '../npm.format';
import { readQuery } from '../query';

const MAX_PAGE = 10_000;

/** `npm stage`: a version waits until a person with a second factor approves it (A7). */
@Controller('_registry/npm/-/stage')
@UseInterceptors(NoStore)
export class StageController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly callers: NpmCallers,
    private readonly access: PackageAccess,
    private readonly files: FileSender,
  ) {}

  @Get()
  async list(@Req() request: FastifyRequest, @Query() parameters: unknown): Promise<object> {
    const { principal } = await this.callers.signedIn(request);
    const { auth } = this;
    const { ownerIds } = await completeReadable(auth, await auth.listReadable({ principal }));
    const query = readQuery(parameters);
    const perPage = Math.min(Math.max(Number.parseInt(query.get('perPage') ?? '', 10) || 20, 1), 100);
    const page = Math.min(Math.max(Number.parseInt(query.get('page') ?? '', 10) || 0, 0), MAX_PAGE);
    const packageName = query.get('package') ?? null;
    const { total, items } = await this.metadata.listStagedVersions({
      format: npmFormat.id,
      ownerIds,
      packageName,
      offset: page * perPage,
      limit: perPage,
    });
    return { items: items.map(describe), total };
  }

  @Get(':id')
  async view(@Req() request: FastifyRequest, @Param('id') id: string): Promise<object> {
    return describe(await this.open(await this.callers.signedIn(request), id));
  }

  @Get(':id/tarball')
  async tarball(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const staged = await this.open(await this.callers.signedIn(request), id);
    const [file] = staged.files;
    if (!file) throw new DomainError('not_found');
    await this.files.send(request, reply, file, 'private, no-store');
  }

  @Post(':id/approve')
  @HttpCode(200)
  async approve(@Req() request: FastifyRequest, @Param('id') id: string): Promise<object> {
    const caller = await this.callers.forChange(request);
    const staged = await this.open(caller, id);
    const approved = await this.metadata.approveStagedVersion({
      stagedId: staged.id,
      actor: actorOf(caller),
    });
    const { accountId } = staged.stagedBy;
    // A grant to the account of workflows would be one to every workflow.
    const isGranted = accountId !== staged.ownerId && accountId !== workflowAccount.id;
    if (approved.packageCreated && isGranted && !approved.package.inheritsAccess)
      await this.auth.setGrant({
        ...toShared(approved.package),
        accountId,
        role: 'admin',
        actor: actorOf(caller),
      });
    return { ok: true };
  }

  @Delete(':id')
  @HttpCode(200)
  async reject(@Req() request: FastifyRequest, @Param('id') id: string): Promise<object> {
    const caller = await this.callers.forChange(request);
    const staged = await this.open(caller, id);
    await this.metadata.rejectStagedVersion({ stagedId: staged.id, actor: actorOf(caller) });
    return { ok: true };
  }

  /** Whoever may publish the package may see and decide what is staged for it; for others it is not there. */
  private async open(caller: SignedInCaller, id: string): Promise<StagedVersion> {
    const unknown = new DomainError('not_found', 'There is no such staged version, or you may not see it.');
    if (!z.uuid().safeParse(id).success) throw unknown;
    const { staged } = await this.metadata.findStagedVersion({ stagedId: id });
    if (!staged || staged.format !== npmFormat.id) throw unknown;
    const name = flowName(parsePackageName(staged.packageName));
    try {
      const { owner } = await this.access.openForPublish(npmFormat.id, caller, name);
      if (owner.id !== staged.ownerId) throw unknown;
    } catch (error) {
      throw error instanceof DomainError && error.status < 500 ? unknown : error;
    }
    return staged;
  }
}

function describe(staged: StagedVersion): object {
  const [file] = staged.files;
  return {
    id: staged.id,
    packageName: staged.packageName,
    version: staged.version,
    tag: staged.tags.join(', '),
    createdAt: staged.stagedAt,
    actor: staged.stagedBy.login,
    actorType: 'user',
    shasum: file?.digests.sha1,
    size: file?.size,
  };
}
