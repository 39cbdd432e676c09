import { Injectable } from '@nestjs/common';
import type { metadataContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { findSqlState } from '@packhouse/database';
import { DomainError } from '@packhouse/kernel';
import { PackageRepository } from '../persistence/package.repository';
import { PackageListRepository } from '../persistence/package-list.repository';
import { packageRestored } from './package-events';
import { RestoreRoom } from './restore-room';
import { RestoreWindow } from './restore-window';
import { refuseRetiredName } from './retired-name-rules';

@Injectable()
export class RestorePackage {
  constructor(
    private readonly room: RestoreRoom,
    private readonly packages: PackageRepository,
    private readonly lists: PackageListRepository,
    private readonly window: RestoreWindow,
  ) {}

  async execute({
    packageId,
    ownerLogin,
    actor,
  }: RequestOf<typeof metadataContract, 'restorePackage'>): Promise<
    ResponseOf<typeof metadataContract, 'restorePackage'>
  > {
    const target = { packageId, actor, deletedAfter: this.window.end() };
    try {
      await this.room.edit(target, null, async ({ manager, before, next }) => {
        await refuseRetiredName(manager, { ...before, ownerLogin });
        if (await this.packages.find(before)) throw taken(before.name);
        const after = { ...next, removedAt: null };
        return { after, events: [packageRestored(after)] };
      });
    } catch (error) {
      // A publish of the same name committed between the look and the change.
      throw findSqlState(error) === '23505' ? taken('the package') : error;
    }
    const [restored] = await this.lists.summarize([packageId]);
    if (!restored) throw new DomainError('not_found', 'The package was deleted again.');
    return { package: restored };
  }
}

function taken(name: string): DomainError {
  return new DomainError(
    'name_taken',
    `The name of ${name} was taken by another package meanwhile: delete that one first, then restore.`,
  );
}
