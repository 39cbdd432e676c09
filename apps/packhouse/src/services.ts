import type { ServiceDefinition } from '@packhouse/runtime';

/** THE list of the product's services, one line each. */
export const services: readonly ServiceDefinition[] = [];
