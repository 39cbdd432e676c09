import { defineService } from '@packhouse/runtime';
import { normalisePath } from './codec/request-path';
import { npmFormat } from './npm.format';
import { NpmModule } from './npm.module';
import { npmSettings } from './npm.settings';

/** The npm registry: what npm, pnpm, Yarn, Bun and Deno talk to. */
export const npmGateway = defineService({
  name: 'gateway-npm',
  module: NpmModule,
  settings: npmSettings,
  http: { paths: [npmFormat.mount, '/-/npm/v1/oidc'], normalisePath, renderError: npmFormat.renderError },
  format: npmFormat,
  clientSetup: (baseUrl) => {
    const registry = `${baseUrl}${npmFormat.mount}/`;
    return [`@OWNER:registry=${registry}`, `${registry.replace(/^https?:/, '')}:_authToken=TOKEN`];
  },
});
