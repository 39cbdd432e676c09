import { Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import { DomainError } from '@packhouse/kernel';
import { metadataSettings } from '../metadata-settings';
import { DeletionRepository } from '../persistence/deletion.repository';
import type { OpenEdit } from './edit-package';

/** Lifts the limit on downloads, for the record's reason. */
export type Force = { readonly reason: string } | null;

/** What may be deleted. Clients of GitHub's API know the first sentences of these refusals. */
@Injectable()
export class DeletionRules {
  private readonly maxDownloads: number;

  constructor(
    settings: Settings,
    private readonly deletions: DeletionRepository,
  ) {
    this.maxDownloads = settings.of(metadataSettings).maxDownloadsToDelete;
  }

  /** Refuses to take from people what many of them use: a public package, or some of its versions. */
  async checkDownloads(
    { manager, before }: OpenEdit,
    versionIds: readonly string[] | null,
    force: Force,
  ): Promise<void> {
    if (before.visibility !== 'public' || force) return;
    const found = await this.deletions.findOftenDownloaded(manager, before.id, this.maxDownloads, versionIds);
    if (!found) return;
    throw new DomainError(
      'invalid_request',
      `Publicly visible package versions with more than ${this.maxDownloads} downloads cannot be deleted. ` +
        `Contact support for further assistance: "${before.name} ${found.version}" was downloaded ${found.downloads} times, and only its owner can delete it, with a reason.`,
      { version: found.version, downloads: found.downloads, limit: this.maxDownloads },
    );
  }

  /** A package without versions is no package. `deleted`: of those that lists show. */
  checkRemaining({ before }: OpenEdit, deleted: number): void {
    if (deleted === 0 || deleted < before.versionCount) return;
    throw new DomainError(
      'invalid_request',
      'You cannot delete the last version of a package. You must delete the package instead.',
      { package: before.name },
    );
  }
}
