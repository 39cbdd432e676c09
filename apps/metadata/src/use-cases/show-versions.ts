import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DeletionRepository } from '../persistence/deletion.repository';
import { RelationRepository, type ShownVersion } from '../persistence/relation.repository';
import { versionRestored, type EventDraft } from './package-events';
import type { PackageState } from './package-state';

/** What came back together. */
export interface Shown {
  readonly versions: readonly ShownVersion[];
  /** How many more versions lists show. */
  readonly listed: number;
  events(after: PackageState): EventDraft[];
}

/** Makes a deleted version visible again, with what went when it was deleted. */
@Injectable()
export class ShowVersions {
  constructor(
    private readonly deletions: DeletionRepository,
    private readonly relations: RelationRepository,
  ) {}

  /** `withTags`: tags that are free come back as well. */
  async show(
    manager: EntityManager,
    next: PackageState,
    versionId: string,
    { withTags }: { readonly withTags: boolean },
  ): Promise<Shown> {
    const { id: packageId, revision } = next;
    const ids = next.isContentAddressed
      ? await this.relations.listWentAlong(manager, packageId, versionId)
      : [versionId];
    const versions = await this.deletions.showVersions(manager, packageId, ids, {
      ...{ revision, first: versionId, withTags },
    });
    const again = versions.filter(({ isPart }) => !isPart).length;
    const more = next.isContentAddressed ? await this.relations.settle(manager, next, { lives: ids }) : 0;
    return {
      versions,
      listed: again + more,
      events: (after) => versions.map((version) => versionRestored(after, version, version.id !== versionId)),
    };
  }
}
