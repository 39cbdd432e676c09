import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DeletionRepository } from '../persistence/deletion.repository';
import { RelationRepository } from '../persistence/relation.repository';
import { hoist, type PackageState } from './package-state';

/**
 * Which version speaks for a content-addressed package: the one under the head tag. When that tag is gone it stays gone
 * (a tag names what was pushed under it, or nothing), and the newest version that was published to speak does.
 */
@Injectable()
export class Speaker {
  constructor(
    private readonly relations: RelationRepository,
    private readonly deletions: DeletionRepository,
  ) {}

  /** The package as it speaks after versions or tags came or went. */
  async settle(manager: EntityManager, after: PackageState): Promise<PackageState> {
    if (!after.isContentAddressed) return after;
    const { id, headTag } = after;
    if (headTag !== null && (await this.deletions.findHead(manager, id, headTag))) return after;
    const spoken = await this.relations.findSpeaker(manager, id);
    return hoist({ ...after, headTag: null }, spoken ?? {});
  }
}
