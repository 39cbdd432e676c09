import { Controller, UseInterceptors } from '@nestjs/common';
import {
  authContract,
  metadataContract,
  visibility as visibilities,
  type AuthClient,
  type MetadataClient,
  type Visibility,
} from '@packhouse/contracts';
import { actorOf, type SignedInCaller } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import type { FoundPackage } from '../../packages/package-finder';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { OwnPackages, packageParams, packagePath, packageView } from './own-packages';

const changing = {
  tags: ['packages'],
  scopes: ['write:packages'],
  secondFactor: 'write',
  params: packageParams,
  responses: { 200: packageView, 400: 'It cannot be so: the message says why.' },
} as const;
const reason = z.object({
  reason: z.string().trim().min(1).max(500).optional().meta({
    description: 'Why it is deleted although many people downloaded it: for owners, and recorded.',
  }),
});
const deleting = {
  tags: ['packages'],
  scopes: ['delete:packages'],
  alsoScopes: ['read:packages'],
  secondFactor: 'write',
  query: reason,
  responses: { 204: 'It is deleted.', 400: 'It may not be deleted: the message says why.' },
} as const;

const getPackage = defineOperation({
  ...{ id: 'ours/get-package', method: 'GET', path: packagePath, tags: ['packages'] },
  summary: 'One package with what its latest version says of it',
  scopes: ['read:packages'],
  params: packageParams,
  responses: {
    200: packageView.extend({
      properties: z.record(z.string(), z.string()),
      tags: z.record(z.string(), z.string()),
      /** Patterns of tags that stay where they are. */
      immutableTags: z.array(z.string()),
    }),
  },
});
const setVisibility = defineOperation({
  ...changing,
  ...{ id: 'ours/set-package-visibility', method: 'PUT', path: `${packagePath}/visibility` },
  summary: 'Change who sees a package; public is for ever',
  body: z.strictObject({ visibility: visibilities }),
});
const linkRepository = defineOperation({
  ...changing,
  ...{ id: 'ours/link-package', method: 'PUT', path: `${packagePath}/repository` },
  summary: 'Link a package to a repository of its owner',
  body: z.strictObject({ repository: z.string().max(100) }),
});
const unlinkRepository = defineOperation({
  ...changing,
  ...{ id: 'ours/unlink-package', method: 'DELETE', path: `${packagePath}/repository` },
  summary: 'Unlink a package from its repository',
});
const setInheritance = defineOperation({
  ...changing,
  ...{ id: 'ours/set-package-inheritance', method: 'PUT', path: `${packagePath}/inheritance` },
  summary: 'Whether the access of the linked repository counts; overwrites the list of people and teams',
  body: z.strictObject({ inherits: z.boolean() }),
});
const removePackage = defineOperation({
  ...deleting,
  ...{ id: 'ours/delete-package', method: 'DELETE', path: packagePath, params: packageParams },
  summary: 'Delete a package',
});
const removeVersion = defineOperation({
  ...deleting,
  ...{ id: 'ours/delete-package-version', method: 'DELETE', path: `${packagePath}/versions/{number}` },
  summary: 'Delete a version',
  params: packageParams.extend({ number: z.coerce.number().int().positive() }),
  responses: { ...deleting.responses, 409: 'It belongs to another version: the message says which.' },
});

const visibilitySwitch = {
  public: 'createPublic',
  private: 'createPrivate',
  internal: 'createInternal',
} as const;

/** What GitHub has only on its web pages: settings of a package. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class PackageSettingsController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    @InjectClient(authContract) private readonly auth: AuthClient,
    private readonly packages: OwnPackages,
  ) {}

  @Operation(getPackage)
  async get(@Input() { params, caller }: InputOf<typeof getPackage>): Promise<object> {
    const opened = await this.packages.open(caller, params);
    const { properties, tags, immutableTags } = await this.metadata.describePackage({
      packageId: opened.found.id,
    });
    return {
      ...(await this.packages.view(caller, opened)),
      properties,
      tags: Object.fromEntries(tags.map(({ name, version }) => [name, version])),
      immutableTags,
    };
  }

  @Operation(setVisibility)
  async setVisibility(@Input() { params, body, caller }: InputOf<typeof setVisibility>): Promise<object> {
    const opened = await this.packages.open(caller, params, 'admin');
    await this.checkVisibility(caller, opened, body.visibility);
    const packageId = opened.found.id;
    await this.metadata.setVisibility({ packageId, visibility: body.visibility, actor: actorOf(caller) });
    return this.packages.view(caller, await this.packages.open(caller, params));
  }

  @Operation(linkRepository)
  async link(@Input() { params, body, caller }: InputOf<typeof linkRepository>): Promise<object> {
    const opened = await this.packages.open(caller, params, 'admin');
    const { owner } = opened;
    const seen = await this.packages.getRepository(caller, owner.login, body.repository);
    const { id: repositoryId, role } = seen;
    if (role === 'read' || role === 'triage')
      throw new DomainError(
        'forbidden',
        `You may only read ${owner.login}/${body.repository}: linking needs the role write there.`,
      );
    return this.setLink(caller, opened, repositoryId);
  }

  @Operation(unlinkRepository)
  async unlink(@Input() { params, caller }: InputOf<typeof unlinkRepository>): Promise<object> {
    return this.setLink(caller, await this.packages.open(caller, params, 'admin'), null);
  }

  @Operation(setInheritance)
  async setInheritance(@Input() { params, body, caller }: InputOf<typeof setInheritance>): Promise<object> {
    const opened = await this.packages.open(caller, params, 'admin');
    const packageId = opened.found.id;
    const actor = actorOf(caller);
    const changed = await this.metadata.setInheritance({ packageId, inheritsAccess: body.inherits, actor });
    if (changed.package.inheritsAccess !== opened.found.inheritsAccess)
      await this.replaceGrants(caller, opened, changed);
    return this.packages.view(caller, { ...opened, found: changed.package });
  }

  @Operation(removePackage)
  async removePackage(@Input() { params, query, caller }: InputOf<typeof removePackage>): Promise<void> {
    const opened = await this.packages.open(caller, params, 'delete');
    const force = await this.packages.forceOf(caller, opened, query.reason);
    await this.metadata.removePackage({ packageId: opened.found.id, force, actor: actorOf(caller) });
  }

  @Operation(removeVersion)
  async removeVersion(@Input() { params, query, caller }: InputOf<typeof removeVersion>): Promise<void> {
    const opened = await this.packages.open(caller, params, 'delete');
    const packageId = opened.found.id;
    const { version } = await this.metadata.findVersionByNumber({ number: params.number, packageId });
    if (!version) throw new DomainError('not_found', 'There is no such version.');
    const force = await this.packages.forceOf(caller, opened, query.reason);
    await this.metadata.removeVersions({
      packageId,
      versionIds: [version.id],
      keepParts: true,
      force,
      actor: actorOf(caller),
    });
  }

  private async setLink(
    caller: SignedInCaller,
    opened: FoundPackage,
    repositoryId: string | null,
  ): Promise<object> {
    const packageId = opened.found.id;
    const changed = await this.metadata.linkRepository({ packageId, repositoryId, actor: actorOf(caller) });
    const isInherited = opened.found.inheritsAccess && !changed.package.inheritsAccess;
    if (isInherited) await this.replaceGrants(caller, opened, changed);
    return this.packages.view(caller, { ...opened, found: changed.package });
  }

  /** The event does the same; this is so that the caller sees the outcome at once. */
  private async replaceGrants(
    caller: SignedInCaller,
    { owner, found }: FoundPackage,
    changed: { revision: number; package: { inheritsAccess: boolean } },
  ): Promise<void> {
    await this.auth.replaceGrants({
      packageId: found.id,
      ownerId: owner.id,
      inheritsAccess: changed.package.inheritsAccess,
      revision: changed.revision,
      actor: actorOf(caller),
    });
  }

  /** Organizations say which visibilities their members may use (spec P-23); internal needs an organization (P-18). */
  private async checkVisibility(
    caller: SignedInCaller,
    opened: FoundPackage,
    wanted: Visibility,
  ): Promise<void> {
    const { owner } = opened;
    if (owner.kind !== 'organization') {
      if (wanted !== 'internal') return;
      throw new DomainError(
        'invalid_request',
        `${owner.login} is not an organization: only those have internal packages.`,
      );
    }
    if (await this.packages.isOwner(caller, opened)) return;
    const { policy } = await this.auth.getOrganizationPolicy({ organizationId: owner.id });
    if (policy[visibilitySwitch[wanted]]) return;
    throw new DomainError(
      'forbidden',
      `${owner.login} does not let its members have ${wanted} packages: ask an owner to change the policy or the package.`,
    );
  }
}
