import { Module } from '@nestjs/common';
import { blobsContract } from '@packhouse/contracts';
import { maintenanceController } from '@packhouse/jobs';
import { BlobsController } from './handlers/blobs.controller';
import { CollectionsController } from './handlers/collections.controller';
import { HoldingsController } from './handlers/holdings.controller';
import { UploadsController } from './handlers/uploads.controller';
import { VersionEventsController } from './handlers/version-events.controller';
import { CollectGarbageJob } from './jobs/collect-garbage.job';
import { ExpireHoldingsJob } from './jobs/expire-holdings.job';
import { ExpireProvisionalLinksJob } from './jobs/expire-provisional-links.job';
import { SweepUploadsJob } from './jobs/sweep-uploads.job';
import { TakeInventoryJob } from './jobs/take-inventory.job';
import { CollectBlobs } from './use-cases/collect-blobs';
import { Collections } from './use-cases/collections';
import { ConfirmVersions } from './use-cases/confirm-versions';
import { DropLinks } from './use-cases/drop-links';
import { FindBlob } from './use-cases/find-blob';
import { GetUsage } from './use-cases/get-usage';
import { Holdings } from './use-cases/holdings';
import { LinkBlobs } from './use-cases/link-blobs';
import { TakeInventory } from './use-cases/take-inventory';
import { Uploads } from './use-cases/uploads';

/** The ledger of content: what exists, what uses it, and the removal of what nothing uses. */
@Module({
  controllers: [
    maintenanceController(blobsContract),
    BlobsController,
    CollectionsController,
    HoldingsController,
    UploadsController,
    VersionEventsController,
  ],
  providers: [
    LinkBlobs,
    DropLinks,
    ConfirmVersions,
    FindBlob,
    GetUsage,
    CollectBlobs,
    Collections,
    TakeInventory,
    Holdings,
    Uploads,
    ExpireHoldingsJob,
    ExpireProvisionalLinksJob,
    CollectGarbageJob,
    SweepUploadsJob,
    TakeInventoryJob,
  ],
})
export class BlobsModule {}
