import { Module, type ModuleMetadata } from '@nestjs/common';
import { GatewayKitModule, type FormatDefinition } from '@packhouse/gateway-kit';
import { containerFormat, dockerFormat } from './formats';
import { Images } from './images';
import { ManifestCache } from './manifest-bytes';
import { REGISTRY_FORMAT, REGISTRY_PRODUCT, type RegistryProduct } from './product';
import { containerProduct, dockerProduct } from './products';
import { PlanImage } from './plan-image';
import { PushManifest } from './push-manifest';
import { RegistryRequests } from './registry-requests';
import { BlobRequests } from './routes/blob-requests';
import { Blobs } from './routes/blobs';
import { Catalog } from './routes/catalog';
import { Deletes } from './routes/deletes';
import { Lists } from './routes/lists';
import { ManifestReads } from './routes/manifest-reads';
import { ManifestRequests } from './routes/manifest-requests';
import { Mounts } from './routes/mounts';
import { createRegistryController } from './routes/registry.controller';
import { Uploads } from './routes/uploads';
import { WarmImages } from './routes/warm-images';
import { StoredContent } from './stored-content';
import { tokenControllerFor } from './token/token.controller';
import { tokenProviders } from './token/token.parts';

const requestProviders = [
  BlobRequests,
  Blobs,
  Catalog,
  Deletes,
  Images,
  Lists,
  ManifestCache,
  ManifestReads,
  ManifestRequests,
  Mounts,
  PlanImage,
  PushManifest,
  RegistryRequests,
  StoredContent,
  Uploads,
  WarmImages,
];

/** What serves one product: controllers are classes of its own, as they stand below its mount. */
function partsOf(product: RegistryProduct, format: FormatDefinition): ModuleMetadata {
  return {
    imports: [GatewayKitModule],
    controllers: [tokenControllerFor(product), createRegistryController(product)],
    providers: [
      { provide: REGISTRY_PRODUCT, useValue: product },
      { provide: REGISTRY_FORMAT, useValue: format },
      ...tokenProviders,
      ...requestProviders,
    ],
  };
}

@Module(partsOf(containerProduct, containerFormat))
export class ContainerModule {}

@Module(partsOf(dockerProduct, dockerFormat))
export class DockerModule {}
