import { apiService } from '@packhouse/api';
import { auditService } from '@packhouse/audit';
import { authService } from '@packhouse/auth';
import { blobsService } from '@packhouse/blobs';
import { containerGateway, dockerGateway } from '@packhouse/gateway-container';
import { npmGateway } from '@packhouse/gateway-npm';
import { metadataService } from '@packhouse/metadata';
import type { ServiceDefinition } from '@packhouse/runtime';

/** THE list of the product's services, one line each. */
export const services: readonly ServiceDefinition[] = [
  authService,
  metadataService,
  blobsService,
  auditService,
  apiService,
  npmGateway,
  containerGateway,
  dockerGateway,
];
