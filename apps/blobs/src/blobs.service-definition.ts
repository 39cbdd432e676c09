import { blobsContract } from '@packhouse/contracts';
import { defineService } from '@packhouse/runtime';
import { blobSettings } from './blob-settings';
import { BlobsModule } from './blobs.module';
import { CollectGarbageJob } from './jobs/collect-garbage.job';
import { ExpireHoldingsJob } from './jobs/expire-holdings.job';
import { ExpireProvisionalLinksJob } from './jobs/expire-provisional-links.job';
import { SweepUploadsJob } from './jobs/sweep-uploads.job';
import { TakeInventoryJob } from './jobs/take-inventory.job';
import { blobsSchema } from './persistence/blobs.schema';

export const blobsService = defineService({
  name: 'blobs',
  module: BlobsModule,
  contract: blobsContract,
  schema: blobsSchema,
  jobs: [ExpireHoldingsJob, ExpireProvisionalLinksJob, CollectGarbageJob, SweepUploadsJob, TakeInventoryJob],
  settings: blobSettings,
});
