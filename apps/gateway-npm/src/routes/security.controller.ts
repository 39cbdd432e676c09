import { Controller, Get, Header, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { InjectClient } from '@packhouse/gateway-kit';
import { readJson } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { objectOf } from '../codec/json-values';
import { NpmPackages } from '../npm-packages';
import { SigningKeys } from '../signing-keys';

const MAX_AUDIT_BODY = 20_000_000;

/** Audits, registry keys and attestations (A7). */
@Controller('_registry/npm/-/npm/v1')
export class SecurityController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly packages: NpmPackages,
    private readonly signingKeys: SigningKeys,
  ) {}

  /** No advisory source is set, so nothing is known against any package. The body is read to see that it is one. */
  @Post('security/advisories/bulk')
  @HttpCode(200)
  async auditBulk(@Req() request: FastifyRequest): Promise<object> {
    await readAudit(request);
    return {};
  }

  /** What npm 6 to 10, pnpm 10 and Yarn classic ask. */
  @Post(['security/audits', 'security/audits/quick'])
  @HttpCode(200)
  async audit(@Req() request: FastifyRequest): Promise<object> {
    const tree = await readAudit(request);
    const dependencies = Object.keys(objectOf(tree['dependencies'])).length;
    return {
      actions: [],
      advisories: {},
      muted: [],
      metadata: {
        vulnerabilities: { info: 0, low: 0, moderate: 0, high: 0, critical: 0 },
        dependencies,
        devDependencies: 0,
        optionalDependencies: 0,
        totalDependencies: dependencies,
      },
    };
  }

  @Get('keys')
  @Header('content-type', 'application/json')
  @Header('cache-control', 'public, max-age=300')
  keys(): Promise<string> {
    return this.signingKeys.keysDocument();
  }

  @Get('attestations/@:scope/:spec')
  async attestations(
    @Req() request: FastifyRequest,
    @Param() params: { scope: string; spec: string },
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const at = params.spec.lastIndexOf('@');
    const version = params.spec.slice(at + 1);
    const { facts } = await this.packages.openForRead(request, {
      scope: params.scope,
      name: params.spec.slice(0, Math.max(at, 0)),
    });
    const found = await this.metadata.findVersion({
      packageId: facts.id,
      version,
      fragmentKind: 'attestations',
    });
    if (!found.version?.fragment)
      throw new DomainError('not_found', `${facts.name}@${version.slice(0, 100)} has no attestations.`);
    const cacheControl = facts.visibility === 'public' ? 'public, max-age=300' : 'private, no-cache';
    void reply
      .headers({ 'content-type': 'application/json', 'cache-control': cacheControl, vary: 'authorization' })
      .send(found.version.fragment);
  }
}

async function readAudit(request: FastifyRequest): Promise<Record<string, unknown>> {
  const body = await readJson(request, MAX_AUDIT_BODY);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new DomainError('invalid_request', 'An audit sends an object of package names and versions.');
  return objectOf(body);
}
