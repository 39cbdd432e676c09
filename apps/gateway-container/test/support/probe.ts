import { Controller, Get, Inject, Module, Query, Req } from '@nestjs/common';
import { GatewayKitModule } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { defineService } from '@packhouse/runtime';
import type { FastifyRequest } from 'fastify';
import { REGISTRY_PRODUCT, type RegistryProduct } from '../../src/product';
import { containerProduct, dockerProduct } from '../../src/products';
import { renderRegistryError } from '../../src/render-error';
import { RegistryCallers } from '../../src/token/registry-callers';
import type { RegistryAction } from '../../src/token/scope-grammar';
import { tokenProviders } from '../../src/token/token.parts';

/** What a route of the registry does before it does anything: says who asks, and requires access. */
class ProbeBase {
  constructor(
    private readonly callers: RegistryCallers,
    private readonly product: RegistryProduct,
  ) {}

  async access(request: FastifyRequest, repositoryName: string, actions: string): Promise<object> {
    const name = this.product.readName(repositoryName);
    if (!name) throw new DomainError('invalid_request', 'This is no name.', { oci: 'NAME_INVALID' });
    const needed = actions.split(',') as [RegistryAction, ...RegistryAction[]];
    const warm = this.callers.recall(request);
    const caller = await this.callers.identify(request, [{ name: repositoryName, actions: needed }]);
    const place = await this.callers.requireAccess(caller, name, needed);
    return {
      login: caller.principal?.login ?? null,
      exists: place.facts !== null,
      warm: warm !== null && this.callers.recallAccess(warm, name) !== null,
    };
  }

  async any(request: FastifyRequest): Promise<object> {
    const caller = await this.callers.identify(request);
    this.callers.requireSomething(caller);
    return { login: caller.principal?.login ?? null };
  }
}

@Controller('_probe/container')
class ContainerProbe extends ProbeBase {
  constructor(
    @Inject(RegistryCallers) callers: RegistryCallers,
    @Inject(REGISTRY_PRODUCT) product: RegistryProduct,
  ) {
    super(callers, product);
  }
  @Get('access')
  override access(@Req() request: FastifyRequest, @Query('name') name: string, @Query('do') actions: string) {
    return super.access(request, name, actions);
  }
  @Get('any')
  override any(@Req() request: FastifyRequest) {
    return super.any(request);
  }
}

@Controller('_probe/docker')
class DockerProbe extends ProbeBase {
  constructor(
    @Inject(RegistryCallers) callers: RegistryCallers,
    @Inject(REGISTRY_PRODUCT) product: RegistryProduct,
  ) {
    super(callers, product);
  }
  @Get('access')
  override access(@Req() request: FastifyRequest, @Query('name') name: string, @Query('do') actions: string) {
    return super.access(request, name, actions);
  }
}

const partsOf = (useValue: RegistryProduct, controller: typeof ContainerProbe | typeof DockerProbe) => ({
  imports: [GatewayKitModule],
  controllers: [controller],
  providers: [{ provide: REGISTRY_PRODUCT, useValue }, ...tokenProviders],
});

@Module(partsOf(containerProduct, ContainerProbe))
class ContainerProbeModule {}
@Module(partsOf(dockerProduct, DockerProbe))
class DockerProbeModule {}

const http = (path: string) => ({ paths: [path], renderError: renderRegistryError });

/** Beside the product: routes that do nothing but ask for access, as every route of the registries does. */
export const probes = [
  defineService({ name: 'probe', module: ContainerProbeModule, http: http('/_probe/container') }),
  defineService({ name: 'docker-probe', module: DockerProbeModule, http: http('/_probe/docker') }),
];
