import { Module } from '@nestjs/common';
import { blobsContract } from '@packhouse/contracts';
import { maintenanceController } from '@packhouse/jobs';
import { BlobsController } from './handlers/blobs.controller';
import { VersionEventsController } from './handlers/version-events.controller';
import { CollectGarbageJob } from './jobs/collect-garbage.job';
import { ExpireProvisionalLinksJob } from './jobs/expire-provisional-links.job';
import { SweepUploadsJob } from './jobs/sweep-uploads.job';
import { ConfirmVersions } from './use-cases/confirm-versions';
import { DropLinks } from './use-cases/drop-links';
import { FindBlob } from './use-cases/find-blob';
import { GetUsage } from './use-cases/get-usage';
import { LinkBlobs } from './use-cases/link-blobs';

/** The ledger of content: what exists, what uses it, and the removal of what nothing uses. */
@Module({
  controllers: [maintenanceController(blobsContract), BlobsController, VersionEventsController],
  providers: [
    LinkBlobs,
    DropLinks,
    ConfirmVersions,
    FindBlob,
    GetUsage,
    ExpireProvisionalLinksJob,
    CollectGarbageJob,
    SweepUploadsJob,
  ],
})
export class BlobsModule {}
