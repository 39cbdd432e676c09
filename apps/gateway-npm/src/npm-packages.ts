import { Injectable } from '@nestjs/common';
import type { PackageAction, PackageFacts } from '@packhouse/contracts';
import { PackageAccess, type Caller, type Owner, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { parsePackageName, type PackageName } from './codec/package-name';
import { npmFormat } from './npm.format';
import { NpmCallers } from './npm-callers';

/** Route parameters of a package: `@scope/name`, or a bare name. */
export interface NameParams {
  readonly scope?: string;
  readonly name: string;
}

/** A package that a request is about, with the right to use it so. */
export interface NpmPackage<C extends Caller = Caller> {
  readonly caller: C;
  readonly owner: Owner;
  readonly facts: PackageFacts;
  readonly name: PackageName;
}

const parsed = new LRUCache<string, PackageName>({ max: 10_000 });

/** The package name in a path. Rejects `invalid_request` for what cannot be one. */
export function readName({ scope, name }: NameParams): PackageName {
  const raw = scope === undefined ? name : `@${scope}/${name}`;
  const known = parsed.get(raw);
  if (known) return known;
  const result = parsePackageName(raw);
  parsed.set(raw, result);
  return result;
}

/** The name as the flows want it. Only `@owner/name` lives here: an unscoped name has no owner. */
export function flowName(name: PackageName) {
  return { ownerLogin: name.scope ?? '', name: name.name, nameKey: name.nameKey, apiName: name.bareName };
}

/** Opens packages for routes: caller, second factor and permission in one call. */
@Injectable()
export class NpmPackages {
  constructor(
    private readonly callers: NpmCallers,
    private readonly access: PackageAccess,
  ) {}

  async openForRead(request: FastifyRequest, params: NameParams): Promise<NpmPackage> {
    const name = readName(params);
    if (name.scope === null) throw notHere(name);
    const caller = await this.callers.forRead(request);
    return { caller, name, ...(await this.access.open(npmFormat.id, caller, 'read', flowName(name))) };
  }

  /** For a change: signed in, with `action` on the package, and the second factor only once the right is sure. */
  async openForChange(
    request: FastifyRequest,
    params: NameParams,
    action: Exclude<PackageAction, 'read'>,
  ): Promise<NpmPackage<SignedInCaller>> {
    const name = readName(params);
    const caller = await this.callers.signedIn(request);
    if (name.scope === null) throw notHere(name);
    const opened = await this.access.open(npmFormat.id, caller, action, flowName(name));
    await this.callers.forChange(request);
    return { caller, name, ...opened };
  }
}

function notHere(name: PackageName): DomainError {
  return new DomainError(
    'not_found',
    `${name.name} is not in this registry: it holds packages named @owner/name.`,
  );
}
