import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { RelationRepository } from '../persistence/relation.repository';
import { hoist, type PackageState } from './package-state';

/** Which version speaks for a package whose versions have no order: content-addressed, and without a head tag. */
@Injectable()
export class Speaker {
  constructor(private readonly relations: RelationRepository) {}

  /** The package as it speaks after versions came or went. */
  async settle(manager: EntityManager, after: PackageState): Promise<PackageState> {
    if (!after.isContentAddressed || after.headTag !== null) return after;
    const spoken = await this.relations.findSpeaker(manager, after.id);
    return spoken === null ? after : hoist(after, spoken);
  }
}
