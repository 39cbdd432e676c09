import type { ServiceDefinition } from '@packhouse/runtime';

/** THE list of the product's services, one line each. A process of one service does not load the others. */
const loaders = {
  auth: async () => (await import('@packhouse/auth')).authService,
  metadata: async () => (await import('@packhouse/metadata')).metadataService,
  blobs: async () => (await import('@packhouse/blobs')).blobsService,
  billing: async () => (await import('@packhouse/billing')).billingService,
  audit: async () => (await import('@packhouse/audit')).auditService,
  api: async () => (await import('@packhouse/api')).apiService,
  'gateway-npm': async () => (await import('@packhouse/gateway-npm')).npmGateway,
  'gateway-container': async () => (await import('@packhouse/gateway-container')).containerGateway,
  'gateway-docker': async () => (await import('@packhouse/gateway-container')).dockerGateway,
} satisfies Record<string, () => Promise<ServiceDefinition>>;

export const serviceNames: readonly string[] = Object.keys(loaders);

/** Null for a name that no service has. */
export async function loadService(name: string): Promise<ServiceDefinition | null> {
  return Object.hasOwn(loaders, name) ? loaders[name as keyof typeof loaders]() : null;
}

/** Every service of the product. */
export function loadServices(): Promise<ServiceDefinition[]> {
  return Promise.all(Object.values(loaders).map((load): Promise<ServiceDefinition> => load()));
}
