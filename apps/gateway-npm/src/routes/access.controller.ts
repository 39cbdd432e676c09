import { Controller, Get, HttpCode, Param, Post, Req, UseInterceptors } from '@nestjs/common';
import {
  authContract,
  completeReadable,
  isReadable,
  metadataContract,
  type AuthClient,
  type MetadataClient,
} from '@packhouse/contracts';
import { actorOf, InjectClient } from '@packhouse/gateway-kit';
import { readJson } from '@packhouse/http';
import { DomainError, eachPage } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { NoStore } from '../no-store';
import { NpmCallers } from '../npm-callers';
import { NpmPackages, type NameParams } from '../npm-packages';
import { npmFormat } from '../npm.format';

const accessChange = z.object({
  access: z.enum(['public', 'restricted', 'private']).optional(),
  publish_requires_tfa: z.boolean().optional(),
});

/** `npm access` (A6). */
@Controller('_registry/npm/-')
@UseInterceptors(NoStore)
export class AccessController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly packages: NpmPackages,
    private readonly callers: NpmCallers,
  ) {}

  @Get('package/@:scope/:name/visibility')
  async visibility(@Req() request: FastifyRequest, @Param() params: NameParams): Promise<object> {
    const { facts } = await this.packages.openForRead(request, params);
    return { public: facts.visibility === 'public' };
  }

  @Get('package/@:scope/:name/collaborators')
  async collaborators(@Req() request: FastifyRequest, @Param() params: NameParams): Promise<object> {
    await this.callers.signedIn(request);
    const { facts, owner } = await this.packages.openForRead(request, params);
    const { grants } = await this.auth.listGrants({ packageId: facts.id });
    const entries = grants.map(({ login, role }) => [login, role === 'read' ? 'read' : 'write'] as const);
    return Object.fromEntries(owner.kind === 'user' ? [[owner.login, 'write'], ...entries] : entries);
  }

  @Post('package/@:scope/:name/access')
  @HttpCode(200)
  async setAccess(@Req() request: FastifyRequest, @Param() params: NameParams): Promise<object> {
    const { facts, caller } = await this.packages.openForChange(request, params, 'admin');
    const body = accessChange.safeParse(await readJson(request, 10_000));
    const access = body.data?.access;
    if (body.data?.publish_requires_tfa !== undefined)
      throw new DomainError(
        'not_implemented',
        'A second factor is asked for by account here, not by package: see "npm profile enable-2fa".',
      );
    if (!access) throw new DomainError('invalid_request', 'Access is "public" or "restricted".');
    const visibility = access === 'public' ? 'public' : 'private';
    if (facts.visibility !== visibility)
      await this.metadata.setVisibility({ packageId: facts.id, visibility, actor: actorOf(caller) });
    return { ok: true };
  }

  @Get('org/:owner/package')
  listOfOrganization(@Req() request: FastifyRequest, @Param('owner') owner: string): Promise<object> {
    return this.listPackages(request, owner, 'organization');
  }

  @Get('user/:owner/package')
  listOfUser(@Req() request: FastifyRequest, @Param('owner') owner: string): Promise<object> {
    return this.listPackages(request, owner, 'user');
  }

  private async listPackages(
    request: FastifyRequest,
    login: string,
    kind: 'user' | 'organization',
  ): Promise<object> {
    const { principal } = await this.callers.signedIn(request);
    const { account } = await this.auth.findAccount({ login });
    if (account?.kind !== kind)
      throw new DomainError('not_found', `There is no ${kind} "${login.slice(0, 60)}".`);
    const { auth } = this;
    const readable = await completeReadable(
      auth,
      await auth.listReadable({ principal, ownerId: account.id }),
    );
    const isMember = readable.ownerIds.includes(account.id);
    const entries: [string, string][] = [];
    for await (const page of eachPage((cursor) =>
      this.metadata.listPackages({ ownerId: account.id, format: npmFormat.id, cursor }),
    )) {
      for (const facts of page)
        if (isReadable(facts, readable)) entries.push([facts.name, isMember ? 'write' : 'read']);
    }
    return Object.fromEntries(entries);
  }
}
