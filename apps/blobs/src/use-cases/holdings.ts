import { Injectable } from '@nestjs/common';
import type { blobsContract, RequestOf, ResponseOf } from '@packhouse/contracts';
import { InjectDatabase, type ServiceDatabase } from '@packhouse/database';
import { BLOBS_SCHEMA } from '../persistence/blobs.schema';
import { dropHolding, findHoldings, insertHoldings, mountHoldings } from '../persistence/holdings';

type Contract = typeof blobsContract;

/** Which places may use content that no version of theirs has yet; see `holdingOperations`. */
@Injectable()
export class Holdings {
  constructor(@InjectDatabase(BLOBS_SCHEMA) private readonly database: ServiceDatabase) {}

  async hold({ place, blobs, stored }: RequestOf<Contract, 'holdBlobs'>): Promise<void> {
    await insertHoldings(this.database, place, blobs, stored);
  }

  async find(request: RequestOf<Contract, 'findHeld'>): Promise<ResponseOf<Contract, 'findHeld'>> {
    const { place, digests, touch } = request;
    return { blobs: await findHoldings(this.database, place, digests, touch) };
  }

  async mount(request: RequestOf<Contract, 'mountBlobs'>): Promise<ResponseOf<Contract, 'mountBlobs'>> {
    const { place, from, digests } = request;
    const blobs = await this.database.transaction((manager) => mountHoldings(manager, place, from, digests));
    return { blobs };
  }

  async drop({ place, sha256 }: RequestOf<Contract, 'dropHeld'>): Promise<ResponseOf<Contract, 'dropHeld'>> {
    const dropped = await this.database.transaction((manager) => dropHolding(manager, place, sha256));
    return { dropped };
  }
}
