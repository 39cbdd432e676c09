import type { ServiceSchema } from '@packhouse/database';
import { AddCollections1764131000000 } from './add-collections.migration';
import { AddHoldingsAndUploads1764130000000 } from './add-holdings-and-uploads.migration';
import { AddInventories1764230000000 } from './add-inventories.migration';
import { CreateBlobLedger1764000000000 } from './create-blob-ledger.migration';

/** Name of this service's Postgres schema. */
export const BLOBS_SCHEMA = 'blobs';

/** Tables that are only ever changed in sets, so they are worked on in SQL and have no entities. */
export const blobsSchema: ServiceSchema = {
  name: BLOBS_SCHEMA,
  entities: [],
  migrations: [
    CreateBlobLedger1764000000000,
    AddHoldingsAndUploads1764130000000,
    AddCollections1764131000000,
    AddInventories1764230000000,
  ],
};
