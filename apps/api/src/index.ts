import { defineService } from '@packhouse/runtime';
import { renderApiError } from './api-error';
import { ApiModule } from './api.module';

/** REST for people and tools, and the pages that a browser opens. */
export const apiService = defineService({
  name: 'api',
  module: ApiModule,
  http: { paths: ['/'], renderError: renderApiError },
});
