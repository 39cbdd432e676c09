export { blobSettings } from './blob-settings';
export { BlobsModule } from './blobs.module';
export { blobsService } from './blobs.service-definition';
