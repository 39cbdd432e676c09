import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EditRepository } from '../persistence/edit.repository';
import { RelationRepository, type ChangedVersions } from '../persistence/relation.repository';
import type { PackageState } from './package-state';

/** Moves tags, and says what lists show of the versions that got or lost one. */
@Injectable()
export class TagMoves {
  constructor(
    private readonly edits: EditRepository,
    private readonly relations: RelationRepository,
  ) {}

  async set(
    manager: EntityManager,
    packageId: string,
    tags: readonly string[],
    target: { readonly versionId: string; readonly digest: string | null },
  ): Promise<void> {
    for (const tag of tags)
      await this.edits.setTag(manager, packageId, tag, { ...target, isFallback: false });
  }

  /** The package with the count of what lists show, after the tags or the lives of versions changed. */
  async settle(manager: EntityManager, next: PackageState, changed: ChangedVersions): Promise<PackageState> {
    if (!next.isContentAddressed) return next;
    const more = await this.relations.settle(manager, next, changed);
    return { ...next, versionCount: next.versionCount + more };
  }
}
