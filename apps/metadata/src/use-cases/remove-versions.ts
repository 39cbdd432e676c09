import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import type { EntityManager } from 'typeorm';
import { DeletionRepository } from '../persistence/deletion.repository';
import { EditRepository, type VersionRef } from '../persistence/edit.repository';
import { RelationRepository } from '../persistence/relation.repository';
import { DeletionRules } from './deletion-rules';
import { findDoomed, type Doomed } from './doomed';
import { EditPackage, type EditResult, type OpenEdit } from './edit-package';
import { versionDeleted } from './package-events';
import { hoist, type PackageState } from './package-state';
import { Speaker } from './speaker';
import { checkTagStays } from './tag-rules';

type Request = RequestOf<typeof metadataContract, 'removeVersions'>;

interface GoingVersion extends VersionRef {
  readonly isPart: boolean;
}

/** All that goes, what of it was named, and how many of them lists show. */
interface Going {
  readonly versions: readonly GoingVersion[];
  readonly named: readonly VersionRef[];
  readonly listed: number;
}

@Injectable()
export class RemoveVersions {
  constructor(
    private readonly editPackage: EditPackage,
    private readonly edits: EditRepository,
    private readonly deletions: DeletionRepository,
    private readonly rules: DeletionRules,
    private readonly relations: RelationRepository,
    private readonly speaker: Speaker,
  ) {}

  /** Versions that are deleted already count as done, so that a repeated request succeeds. */
  async execute(request: Request): Promise<ResponseOf<typeof metadataContract, 'removeVersions'>> {
    const { packageId, expectedRevision, versionIds, actor } = request;
    const target = { packageId, expectedRevision, actor };
    const { revision, updatedAt } = await this.editPackage.execute(target, async (edit) => {
      const named = await this.findLive(edit, [...new Set(versionIds)]);
      if (named.length === 0) return null;
      const versions = await this.findAll(edit, named, request.keepParts);
      const listed = versions.filter(({ isPart }) => !isPart).length;
      if (!request.allowEmpty) this.rules.checkRemaining(edit, listed);
      await this.rules.checkDownloads(
        edit,
        versions.map(({ id }) => id),
        request.force,
      );
      return this.hide(edit, { versions, named, listed }, request);
    });
    return { revision, updatedAt };
  }

  /** The named ones with the parts that go with them. */
  private async findAll(
    { manager, before }: OpenEdit,
    named: readonly VersionRef[],
    keepParts: boolean,
  ): Promise<GoingVersion[]> {
    if (!before.isContentAddressed) return named.map((version) => ({ ...version, isPart: false }));
    const ids = named.map(({ id }) => id);
    const near = await this.relations.listNear(manager, before.id, ids, 'live');
    const { versions, blocked } = findDoomed(near, new Set(ids), keepParts);
    if (blocked) throw await this.inUse(manager, before, blocked);
    return [...versions];
  }

  private async inUse(
    manager: EntityManager,
    { name }: PackageState,
    { version, holders, subjects }: NonNullable<Doomed['blocked']>,
  ): Promise<DomainError> {
    const [containedBy, about] = [
      await this.relations.listTexts(manager, holders),
      await this.relations.listTexts(manager, subjects),
    ];
    const how = containedBy.length > 0 ? 'is contained in' : 'belongs to';
    const parents = [...containedBy, ...about].slice(0, 3).join(', ');
    return new DomainError(
      'in_use',
      `"${name} ${version.version}" ${how} ${parents}: it cannot be deleted by itself, and goes when that is deleted.`,
      { version: version.version, containedBy, ...(about.length > 0 && { about }) },
    );
  }

  private async hide(
    edit: OpenEdit,
    { versions, named, listed }: Going,
    { headTag: wanted, force }: Request,
  ): Promise<EditResult> {
    const { manager, next, now } = edit;
    const headTag = wanted ?? next.headTag;
    const ids = versions.map((version) => version.id);
    const namedIds = named.map(({ id }) => id);
    const lostTags = await this.deletions.hideVersions(manager, next.id, ids, {
      ...{ revision: next.revision, now, named: namedIds },
    });
    // Deleted and pushed anew it would name other content.
    if (!force) for (const tag of lostTags) checkTagStays(edit.before, tag);
    const remaining = { ...next, versionCount: next.versionCount - listed };
    // Of content-addressed packages a tag names what was pushed under it, or nothing.
    const isHeadless = !next.isContentAddressed && headTag !== null && lostTags.includes(headTag);
    const forcedBecause = force?.reason ?? null;
    const isNamed = new Set(namedIds);
    return {
      after: isHeadless
        ? await this.moveHead(edit, remaining, headTag)
        : await this.speaker.settle(manager, remaining),
      events: versions.map((version) =>
        versionDeleted(next, version, { forcedBecause, asPart: !isNamed.has(version.id) }),
      ),
    };
  }

  private async moveHead(
    { manager }: OpenEdit,
    remaining: PackageState,
    headTag: string,
  ): Promise<PackageState> {
    const head = await this.edits.findHighest(manager, remaining.id);
    if (!head) return remaining;
    await this.edits.setTag(manager, remaining.id, headTag, { versionId: head.id, isFallback: true });
    return hoist({ ...remaining, headTag }, head.packageProperties);
  }

  private async findLive({ manager, before }: OpenEdit, ids: readonly string[]): Promise<VersionRef[]> {
    const found = await this.edits.listByIds(manager, before.id, ids);
    if (found.length < ids.length) {
      const known = new Set(found.map((version) => version.id));
      const versionId = ids.find((id) => !known.has(id));
      throw new DomainError('not_found', `"${before.name}" has no such version to delete.`, { versionId });
    }
    return found.filter((version) => !version.removed);
  }
}
