import { defineService } from '@packhouse/runtime';
import { containerFormat, dockerFormat } from './formats';
import { ContainerModule, DockerModule } from './registry.module';
import { tokenSettings } from './token/token-settings';

/** Container images of owners: what docker, podman, skopeo, helm and every other client of the OCI protocol talk to. */
export const containerGateway = defineService({
  name: 'gateway-container',
  module: ContainerModule,
  settings: tokenSettings,
  http: { paths: [containerFormat.mount], renderError: containerFormat.renderError },
  format: containerFormat,
});

/** The older registry, whose images belong to repositories. */
export const dockerGateway = defineService({
  name: 'gateway-docker',
  module: DockerModule,
  settings: tokenSettings,
  http: { paths: [dockerFormat.mount], renderError: dockerFormat.renderError },
  format: dockerFormat,
});
