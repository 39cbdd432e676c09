import { Injectable } from '@nestjs/common';
import { Settings } from '@packhouse/config';
import type { blobsContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { DomainError, HOUR } from '@packhouse/kernel';
import { blobSettings } from '../blob-settings';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import { confirmHolding } from '../persistence/holdings';
import { advanceUpload, claimUpload, deleteUpload, findUpload, insertUpload } from '../persistence/uploads';

type Contract = typeof blobsContract;
type Found = ResponseOf<Contract, 'advanceUpload'>;

/** By then one of somebody's uploads may be over: they last no longer when a client has several at once. */
const RETRY_SECONDS = 3;

/** Content that arrives over several requests; see `uploadOperations`. */
@Injectable()
export class Uploads {
  private readonly idleMs: number;

  constructor(
    @InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase,
    settings: Settings,
  ) {
    this.idleMs = settings.of(blobSettings).uploadHours * HOUR;
  }

  async open(request: RequestOf<Contract, 'openUpload'>): Promise<ResponseOf<Contract, 'openUpload'>> {
    const { maxOpen, ...who } = request;
    const upload = await this.database.transaction((manager) =>
      insertUpload(manager, who, maxOpen, this.idleMs),
    );
    if (upload) return { upload };
    throw new DomainError(
      'rate_limited',
      `You have ${maxOpen} unfinished uploads here already: finish or cancel some of them, then try again.`,
      { maxOpen, retryAfterSeconds: RETRY_SECONDS },
    );
  }

  find(request: RequestOf<Contract, 'findUpload'>): Promise<ResponseOf<Contract, 'findUpload'>> {
    return findUpload(this.database, request);
  }

  claim(request: RequestOf<Contract, 'claimUpload'>): Promise<ResponseOf<Contract, 'claimUpload'>> {
    return claimUpload(this.database, request);
  }

  async advance(request: RequestOf<Contract, 'advanceUpload'>): Promise<Found> {
    return { upload: await advanceUpload(this.database, request, this.idleMs) };
  }

  async close(request: RequestOf<Contract, 'closeUpload'>): Promise<Found> {
    const { claim, stored, ...ref } = request;
    const upload = await this.database.transaction(async (manager) => {
      if (stored !== null) await confirmHolding(manager, ref.place, stored);
      return deleteUpload(manager, ref, claim);
    });
    return { upload };
  }
}
