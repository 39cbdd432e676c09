import type { ServiceDefinition } from '@packhouse/runtime';

/** The product's services, to be run in the process of a test. Read when asked for: few tests need the whole product. */
export async function productServices(): Promise<readonly ServiceDefinition[]> {
  const { loadServices } = await import('@packhouse/packhouse');
  return loadServices();
}
