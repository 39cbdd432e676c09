import { Controller, UseInterceptors } from '@nestjs/common';
import {
  id,
  isoTime,
  metadataContract,
  type MetadataClient,
  type RelatedVersion,
  type VersionRelations,
  type VersionSummary,
} from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { PackageFinder } from '../../packages/package-finder';
import { platformsOf } from '../../packages/platforms';
import type { Answer } from '../../rest/answer';
import { defineOperation, Input, Operation, type InputOf } from '../../rest/operation';
import { OperationInterceptor } from '../../rest/operation.interceptor';
import { pageOf, pageWindow, pagingQuery } from '../../rest/paging';
import { OwnPackages, packageParams, packagePath } from './own-packages';

const reading = { tags: ['packages'], scopes: ['read:packages'] } as const;
/** Of each kind of relation; the total says how many there are. */
const MOST_RELATED = 100;

const properties = z.record(z.string(), z.string());
const versionView = z.object({
  id,
  number: z.number().int(),
  version: z.string(),
  tags: z.array(z.string()),
  /** What it runs on, as far as its format says so. */
  platforms: z.array(z.string()),
  /** How it belongs to another version, with which it goes: contained in it, or about it; null: it stands for itself. */
  partAs: z.enum(['contained', 'about']).nullable(),
  /** How many versions it contains, and how many are about it. */
  contains: z.number().int(),
  aboutThis: z.number().int(),
  downloads: z.number().int(),
  createdAt: isoTime,
  updatedAt: isoTime,
  deletedAt: isoTime.nullable(),
});
const related = z.object({
  total: z.number().int(),
  items: z.array(
    z.object({
      /** Null: the version is not there. */
      number: z.number().int().nullable(),
      version: z.string(),
      platforms: z.array(z.string()),
      artifactType: z.string().nullable(),
    }),
  ),
});

const listVersions = defineOperation({
  ...reading,
  ...{ id: 'ours/list-package-versions', method: 'GET', path: `${packagePath}/versions` },
  summary: 'Versions of a package, newest first',
  description: 'One for each image, whatever it consists of; `parts` lists what belongs to it as well.',
  params: packageParams,
  query: pagingQuery.extend({
    state: z.enum(['active', 'deleted']).default('active'),
    parts: z.enum(['true', 'false']).default('false'),
  }),
  responses: { 200: z.array(versionView) },
});
const getVersion = defineOperation({
  ...reading,
  ...{ id: 'ours/get-package-version', method: 'GET', path: `${packagePath}/versions/{number}` },
  summary: 'One version with what it contains and what is said about it',
  params: packageParams.extend({ number: z.coerce.number().int().positive() }),
  responses: {
    200: versionView
      .omit({ contains: true, aboutThis: true })
      .extend({ properties, contains: related, containedBy: related, about: related, aboutThis: related }),
  },
});
const setTagRules = defineOperation({
  ...{ id: 'ours/set-tag-rules', method: 'PUT', path: `${packagePath}/tag-rules`, tags: ['packages'] },
  scopes: ['write:packages'],
  secondFactor: 'write',
  summary: 'Which tags stay on the version they are first put on',
  description: 'Patterns, in which `*` stands for any run of characters; none: every tag may move.',
  params: packageParams,
  body: z.strictObject({ immutable: z.array(z.string().trim().min(1).max(256)).max(50) }),
  responses: { 200: z.object({ immutable: z.array(z.string()) }), 400: 'The message says what is wrong.' },
});

/** Versions as they belong together, and the rules of their tags. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class PackageVersionsController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly packages: OwnPackages,
    private readonly finder: PackageFinder,
  ) {}

  @Operation(listVersions)
  async list(@Input() input: InputOf<typeof listVersions>): Promise<Answer> {
    const { params, query, caller } = input;
    const { found } = await this.packages.open(caller, params);
    const { total, items } = await this.metadata.listVersionsOf({
      ...{ packageId: found.id, state: query.state, parts: query.parts === 'true' },
      ...pageWindow(query),
    });
    const relations = await this.relationsOf(
      found.id,
      items.map((item) => item.id),
      0,
    );
    const shown = items.map((item) => {
      const its = relations.get(item.id);
      const counts = { contains: its?.contains.total ?? 0, aboutThis: its?.aboutThis.total ?? 0 };
      return { ...viewOf(item, its), ...counts };
    });
    return pageOf(input, shown, { total });
  }

  @Operation(getVersion)
  async get(@Input() { params, caller }: InputOf<typeof getVersion>): Promise<object> {
    const opened = await this.packages.open(caller, params);
    const version = await this.finder.openVersion(opened, params.number);
    const relations = await this.relationsOf(opened.found.id, [version.id], MOST_RELATED);
    const its = relations.get(version.id);
    return {
      ...viewOf(version, its),
      properties: version.properties,
      contains: relatedOf(its?.contains),
      containedBy: relatedOf(its?.containedBy),
      about: relatedOf(its?.about),
      aboutThis: relatedOf(its?.aboutThis),
    };
  }

  @Operation(setTagRules)
  async setTagRules(@Input() { params, body, caller }: InputOf<typeof setTagRules>): Promise<object> {
    const { found } = await this.packages.open(caller, params, 'admin');
    const packageId = found.id;
    await this.metadata.setTagRules({ packageId, immutable: body.immutable, actor: actorOf(caller) });
    const { immutableTags } = await this.metadata.describePackage({ packageId });
    return { immutable: immutableTags };
  }

  private async relationsOf(
    packageId: string,
    versionIds: string[],
    limit: number,
  ): Promise<ReadonlyMap<string, VersionRelations>> {
    if (versionIds.length === 0) return new Map();
    const { versions } = await this.metadata.describeRelations({ packageId, versionIds, limit });
    return new Map(versions.map((version) => [version.versionId, version]));
  }
}

function viewOf(version: VersionSummary, relations: VersionRelations | undefined) {
  const { number, version: text, tags, downloads, createdAt, updatedAt, deletedAt, isPart } = version;
  const isContained = (relations?.containedBy.total ?? 0) > 0;
  return {
    ...{ id: version.id, number, version: text, tags, platforms: platformsOf(version.properties) },
    partAs: isPart ? (isContained ? 'contained' : 'about') : null,
    ...{ downloads, createdAt, updatedAt, deletedAt },
  };
}

function relatedOf(list: { readonly total: number; readonly items: readonly RelatedVersion[] } | undefined) {
  return {
    total: list?.total ?? 0,
    items: (list?.items ?? []).map(({ number, version, properties: its }) => ({
      ...{ number, version, platforms: platformsOf(its), artifactType: its['artifactType'] ?? null },
    })),
  };
}
