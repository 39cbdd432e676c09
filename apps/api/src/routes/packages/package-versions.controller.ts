import { Controller, UseInterceptors } from '@nestjs/common';
import {
  id,
  isoTime,
  metadataContract,
  tagPatterns,
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
const tagRules = { path: `${packagePath}/tag-rules`, params: packageParams } as const;
const tagRulesView = z.object({ immutable: z.array(z.string()) });
const changingTagRules = {
  ...tagRules,
  tags: ['packages'],
  scopes: ['write:packages'],
  secondFactor: 'write',
  description: 'Patterns, in which `*` stands for any run of characters; none: every tag may move.',
  responses: { 200: tagRulesView, 400: 'The message says what is wrong.' },
} as const;
const getTagRules = defineOperation({
  ...{ ...reading, ...tagRules, id: 'ours/get-tag-rules', method: 'GET' },
  summary: 'Which tags stay on the version they are first put on',
  responses: { 200: tagRulesView },
});
const setTagRules = defineOperation({
  ...{ ...changingTagRules, id: 'ours/set-tag-rules', method: 'PUT' },
  summary: 'Say which tags stay on the version they are first put on',
  body: z.strictObject({ immutable: tagPatterns }),
});
const changeTagRules = defineOperation({
  ...{ ...changingTagRules, id: 'ours/change-tag-rules', method: 'PATCH' },
  summary: 'Add and remove rules, whoever changes others at the same moment',
  body: z.strictObject({ add: tagPatterns.default([]), remove: tagPatterns.default([]) }),
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

  @Operation(getTagRules)
  async getTagRules(@Input() { params, caller }: InputOf<typeof getTagRules>): Promise<object> {
    return this.tagRulesOf((await this.packages.open(caller, params)).found.id);
  }

  @Operation(setTagRules)
  async setTagRules(@Input() { params, body, caller }: InputOf<typeof setTagRules>): Promise<object> {
    const { found } = await this.packages.open(caller, params, 'admin');
    await this.metadata.setTagRules({ packageId: found.id, ...body, actor: actorOf(caller) });
    return this.tagRulesOf(found.id);
  }

  @Operation(changeTagRules)
  async changeTagRules(@Input() { params, body, caller }: InputOf<typeof changeTagRules>): Promise<object> {
    const { found } = await this.packages.open(caller, params, 'admin');
    await this.metadata.changeTagRules({ packageId: found.id, ...body, actor: actorOf(caller) });
    return this.tagRulesOf(found.id);
  }

  private async tagRulesOf(packageId: string): Promise<object> {
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
