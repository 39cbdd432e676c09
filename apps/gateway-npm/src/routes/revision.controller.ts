import { Controller, Delete, HttpCode, Param, Put, Req } from '@nestjs/common';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { actorOf, InjectClient } from '@packhouse/gateway-kit';
import { readJson } from '@packhouse/http';
import type { FastifyRequest } from 'fastify';
import { readRevisionPut } from '../codec/write-requests';
import { DomainError, isDomainError } from '@packhouse/kernel';
import { MAX_DOCUMENT } from '../limits';
import { NpmCallers } from '../npm-callers';
import { NpmPackages, type NameParams } from '../npm-packages';
import { PackageChanges } from '../package-changes';
import { conflict, readRevision } from '../revision';

type RevisionParams = NameParams & { readonly rev: string };

/** Owners and removals: changes that name the revision they are based on (A4.3, A4.4). */
@Controller('_registry/npm/@:scope/:name')
export class RevisionController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly callers: NpmCallers,
    private readonly packages: NpmPackages,
    private readonly changes: PackageChanges,
  ) {}

  @Put('-rev/:rev')
  @HttpCode(201)
  async change(@Req() request: FastifyRequest, @Param() params: RevisionParams): Promise<object> {
    await this.callers.signedIn(request);
    // Whoever may not read the package learns nothing from the shape of what it sent.
    await this.packages.openForRead(request, params);
    const wanted = readRevisionPut(await readJson(request, MAX_DOCUMENT));
    const opened = await this.packages.openForChange(
      request,
      params,
      wanted.operation === 'owners' ? 'admin' : 'delete',
    );
    const revision = readRevision(params.rev, opened.facts);
    if (revision !== opened.facts.revision) throw conflict(opened.facts);
    if (wanted.operation === 'owners') await this.changes.setOwners(opened, wanted.names);
    else await this.withConflict(opened.facts, this.changes.unpublish(opened, wanted.remaining, revision));
    return { ok: true, success: true, id: opened.facts.name };
  }

  @Delete('-rev/:rev')
  @HttpCode(200)
  async removePackage(@Req() request: FastifyRequest, @Param() params: RevisionParams): Promise<object> {
    const { facts, caller } = await this.packages.openForChange(request, params, 'delete');
    const expectedRevision = readRevision(params.rev, facts);
    await this.withConflict(
      facts,
      this.metadata.removePackage({ packageId: facts.id, expectedRevision, actor: actorOf(caller) }),
    );
    return { ok: true };
  }

  /** The last step of `npm unpublish`: the version went with the document already, so there is nothing left to do (A4.4). */
  @Delete('-/:file/-rev/:rev')
  @HttpCode(200)
  async removeTarball(
    @Req() request: FastifyRequest,
    @Param() params: RevisionParams & { file: string },
  ): Promise<object> {
    const { facts } = await this.packages.openForChange(request, params, 'delete');
    const { file } = await this.metadata.findFile({ packageId: facts.id, name: params.file });
    if (file)
      throw new DomainError(
        'invalid_request',
        `${params.file.slice(0, 200)} belongs to a published version: unpublish the version, its file goes with it.`,
      );
    return { ok: true };
  }

  @Delete('-/@:fileScope/:file/-rev/:rev')
  @HttpCode(200)
  removeTarballOldForm(
    @Req() request: FastifyRequest,
    @Param() params: RevisionParams & { file: string },
  ): Promise<object> {
    return this.removeTarball(request, params);
  }

  private async withConflict<T>(facts: Parameters<typeof conflict>[0], work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw isDomainError(error, 'revision_conflict') ? conflict(facts) : error;
    }
  }
}
