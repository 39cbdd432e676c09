import { Injectable } from '@nestjs/common';
import { metadataContract, type FileRecord, type MetadataClient } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import type { Caller } from '../caller';
import type { PackageName } from '../format';
import { RevisionCache } from '../revision-cache';
import { PackageAccess, type OpenedPackage } from './package-access';

/** A file of a live version. */
export type StoredFile = FileRecord & { readonly versionId: string; readonly version: string };

export interface PulledFile extends OpenedPackage {
  readonly caller: Caller;
  readonly file: StoredFile;
}

/** Reading, the same for every format: authorise, then answer from what is kept per package revision. */
@Injectable()
export class PullFlow {
  private readonly files = new RevisionCache<StoredFile>(50_000);

  constructor(
    private readonly access: PackageAccess,
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
  ) {}

  open(format: string, caller: Caller, name: PackageName): Promise<OpenedPackage> {
    return this.access.open(format, caller, 'read', name);
  }

  /** A file by its name within the package. Rejects `not_found`. */
  async openFile(format: string, caller: Caller, name: PackageName, fileName: string): Promise<PulledFile> {
    const opened = await this.access.find(format, caller, 'read', name);
    const { facts } = opened;
    const known = this.files.get(facts, fileName);
    if (known) return { ...opened, caller, file: known };
    const { file } = await this.metadata.findFile({ packageId: facts.id, name: fileName });
    if (!file) throw new DomainError('not_found', `${name.name} has no file "${fileName.slice(0, 200)}".`);
    this.files.set(facts, fileName, file);
    return { ...opened, caller, file };
  }
}
