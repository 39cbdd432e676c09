import { defineService } from '@packhouse/runtime';
import { renderApiError } from './api-error';
import { rateLimitSettings } from './rest/rate-limit-settings';
import { ApiModule } from './api.module';
import { graphqlSettings } from './graphql/graphql.settings';

/** REST for people and tools, and the pages that a browser opens. */
export const apiService = defineService({
  name: 'api',
  module: ApiModule,
  settings: [rateLimitSettings, graphqlSettings],
  http: {
    paths: ['/'],
    renderError: renderApiError,
    // Clients put their path behind a base that ends in a slash, or ask for the base itself.
    normalisePath: (path) => (path.startsWith('/api/') && path.endsWith('/') ? path.slice(0, -1) : path),
  },
});
