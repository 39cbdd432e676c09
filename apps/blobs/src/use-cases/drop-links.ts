import { Injectable } from '@nestjs/common';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import { dropLinks } from '../persistence/links';

/** Lets go of what a version uses; content that nothing else uses is collected after the grace. */
@Injectable()
export class DropLinks {
  constructor(@InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase) {}

  /** For a version that will not be committed: firm links stay. */
  async dropProvisional(versionId: string): Promise<void> {
    await this.database.transaction((manager) => dropLinks(manager, versionId, 'provisional'));
  }

  /** For a version that was purged, or will not be published. Repeating it changes nothing. */
  async dropAll(versionId: string): Promise<void> {
    await this.database.transaction((manager) => dropLinks(manager, versionId, 'all'));
  }
}
