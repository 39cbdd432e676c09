import { Module, type ModuleMetadata } from '@nestjs/common';
import { GatewayKitModule } from '@packhouse/gateway-kit';
import { REGISTRY_PRODUCT, type RegistryProduct } from './product';
import { containerProduct, dockerProduct } from './products';
import { tokenControllerFor } from './token/token.controller';
import { tokenProviders } from './token/token.parts';

/** What serves one product: controllers are classes of its own, as they stand below its mount. */
function partsOf(product: RegistryProduct): ModuleMetadata {
  return {
    imports: [GatewayKitModule],
    controllers: [tokenControllerFor(product)],
    providers: [{ provide: REGISTRY_PRODUCT, useValue: product }, ...tokenProviders],
  };
}

@Module(partsOf(containerProduct))
export class ContainerModule {}

@Module(partsOf(dockerProduct))
export class DockerModule {}
