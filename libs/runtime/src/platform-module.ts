import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { ServiceDefinition } from './service-definition';

/** Holds what every service may inject: settings, log, bus, clients, databases, blobs. */
@Module({})
class PlatformModule {}

/** The root of one process: the platform, global, and the modules of the services that run here. */
@Module({})
class RootModule {}

export function createRootModule(
  services: readonly ServiceDefinition[],
  providers: readonly Provider[],
): DynamicModule {
  const tokens = providers.map((provider) => (typeof provider === 'function' ? provider : provider.provide));
  const platform = { module: PlatformModule, global: true, providers: [...providers], exports: tokens };
  return { module: RootModule, imports: [platform, ...services.map(({ module }) => module)] };
}
