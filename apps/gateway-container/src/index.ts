import { defineService } from '@packhouse/runtime';
import { containerSettings } from './container.settings';
import { containerFormat, dockerFormat } from './formats';
import { containerProduct, dockerProduct } from './products';
import { ContainerModule, DockerModule } from './registry.module';
import { tokenSettings } from './token/token-settings';

/** Container images of owners: what docker, podman, skopeo, helm and every other client of the OCI protocol talk to. */
export const containerGateway = defineService({
  name: 'gateway-container',
  module: ContainerModule,
  settings: [containerSettings, tokenSettings],
  http: {
    paths: [containerFormat.mount],
    hosts: containerProduct.hosts,
    renderError: containerFormat.renderError,
  },
  format: containerFormat,
  clientSetup: (baseUrl) => {
    const { host } = new URL(baseUrl);
    return [`docker login ${host} -u LOGIN`, `docker push ${host}/OWNER/IMAGE:TAG`];
  },
});

/** The older registry, whose images belong to repositories. */
export const dockerGateway = defineService({
  name: 'gateway-docker',
  module: DockerModule,
  settings: [containerSettings, tokenSettings],
  http: { paths: [dockerFormat.mount], hosts: dockerProduct.hosts, renderError: dockerFormat.renderError },
  format: dockerFormat,
});
