import { Controller, UseInterceptors } from '@nestjs/common';
import {
  auditContract,
  authContract,
  billingContract,
  blobsContract,
  eventRetry,
  failedJob,
  id,
  jobRetry,
  metadataContract,
  parkedEvent,
  type AuditClient,
  type AuthClient,
  type BillingClient,
  type BlobsClient,
  type MaintenanceClient,
  type MetadataClient,
} from '@packhouse/contracts';
import { actorOf } from '@packhouse/gateway-kit';
import { DomainError } from '@packhouse/kernel';
import { InjectClient } from '@packhouse/messaging';
import { z } from 'zod';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';
import { pageAnswer } from './page-query';
import { Directory } from './v3/directory';

const common = { tags: ['operations'], scopes: ['site_admin'] } as const;
const changing = { ...common, secondFactor: 'account' } as const;
const root = '/api/packhouse/v1/operations';
const service = z.string().max(100);
const eventParams = z.object({ service, eventId: id });
const query = z.object({
  service: service.optional().meta({ description: 'Only of this service.' }),
  cursor: z.string().max(120).optional(),
});

const listEvents = defineOperation({
  id: 'ours/list-parked-events',
  method: 'GET',
  path: `${root}/parked-events`,
  summary: 'Events that a service could not take, longest parked first',
  ...common,
  query,
  responses: { 200: pageAnswer(parkedEvent.extend({ service })) },
});
const retryEvent = defineOperation({
  id: 'ours/retry-parked-event',
  method: 'POST',
  path: `${root}/parked-events/{service}/{eventId}/retry`,
  summary: 'Deliver a parked event now; it is parked no more when the service takes it',
  ...changing,
  params: eventParams,
  responses: { 200: eventRetry, 404: 'It is not parked, or is being tried at this moment.' },
});
const discardEvent = defineOperation({
  id: 'ours/discard-parked-event',
  method: 'DELETE',
  path: `${root}/parked-events/{service}/{eventId}`,
  summary: 'Give a parked event up: the service never hears it',
  ...changing,
  params: eventParams,
  responses: { 204: 'It is gone.' },
});
const listJobs = defineOperation({
  id: 'ours/list-failed-jobs',
  method: 'GET',
  path: `${root}/failed-jobs`,
  summary: 'Jobs that failed as often as they may, longest failed first',
  ...common,
  query,
  responses: { 200: pageAnswer(failedJob.extend({ service })) },
});
const retryJob = defineOperation({
  id: 'ours/retry-failed-job',
  method: 'POST',
  path: `${root}/failed-jobs/{service}/{jobId}/retry`,
  summary: 'Let a failed job run again, with all its attempts',
  ...changing,
  params: z.object({ service, jobId: failedJob.shape.jobId }),
  responses: { 200: jobRetry },
});

type List<Item> = (client: MaintenanceClient, offset: number) => Promise<{ items: Item[]; total: number }>;

/** Work that failed for good, of every service, for site administrators. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class OperationsController {
  private readonly clients: ReadonlyMap<string, MaintenanceClient>;

  constructor(
    @InjectClient(auditContract) audit: AuditClient,
    @InjectClient(authContract) auth: AuthClient,
    @InjectClient(billingContract) billing: BillingClient,
    @InjectClient(blobsContract) blobs: BlobsClient,
    @InjectClient(metadataContract) metadata: MetadataClient,
    private readonly directory: Directory,
  ) {
    this.clients = new Map(Object.entries({ audit, auth, billing, blobs, metadata }));
  }

  @Operation(listEvents)
  events(@Input() { caller, query: asked }: InputOf<typeof listEvents>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    return this.listPage(asked, (client, offset) => client.listParkedEvents({ offset }));
  }

  @Operation(retryEvent)
  retryEvent(@Input() { caller, params }: InputOf<typeof retryEvent>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    const { eventId } = params;
    return this.clientOf(params.service).retryParkedEvent({ eventId, actor: actorOf(caller) });
  }

  @Operation(discardEvent)
  async discardEvent(@Input() { caller, params }: InputOf<typeof discardEvent>): Promise<void> {
    this.directory.requireSiteAdministrator(caller);
    const { eventId } = params;
    await this.clientOf(params.service).discardParkedEvent({ eventId, actor: actorOf(caller) });
  }

  @Operation(listJobs)
  jobs(@Input() { caller, query: asked }: InputOf<typeof listJobs>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    return this.listPage(asked, (client, offset) => client.listFailedJobs({ offset }));
  }

  @Operation(retryJob)
  retryJob(@Input() { caller, params }: InputOf<typeof retryJob>): Promise<object> {
    this.directory.requireSiteAdministrator(caller);
    const { jobId } = params;
    return this.clientOf(params.service).retryFailedJob({ jobId, actor: actorOf(caller) });
  }

  /** A page holds items of one service; services follow one another, those without any left out. */
  private async listPage<Item>(asked: z.output<typeof query>, list: List<Item>): Promise<object> {
    const names = asked.service === undefined ? [...this.clients.keys()] : [asked.service];
    let place = readCursor(asked.cursor, names);
    while (place) {
      const { name, offset } = place;
      const { items, total } = await list(this.clientOf(name), offset);
      const following = names[names.indexOf(name) + 1];
      const end = offset + items.length;
      if (items.length > 0 && end < total) place = { name, offset: end };
      else place = following === undefined ? null : { name: following, offset: 0 };
      if (items.length > 0)
        return {
          items: items.map((item) => ({ service: name, ...item })),
          next: place && `${place.name}.${place.offset}`,
        };
    }
    return { items: [], next: null };
  }

  private clientOf(name: string): MaintenanceClient {
    const client = this.clients.get(name);
    if (client) return client;
    const known = [...this.clients.keys()].join(', ');
    throw new DomainError('not_found', `There is no service "${name.slice(0, 40)}" here, only: ${known}.`);
  }
}

interface Place {
  readonly name: string;
  readonly offset: number;
}

function readCursor(cursor: string | undefined, names: readonly string[]): Place | null {
  const [first] = names;
  if (cursor === undefined) return first === undefined ? null : { name: first, offset: 0 };
  const [, name = '', offset = ''] = /^([a-z]+)\.(\d{1,7})$/.exec(cursor) ?? [];
  if (!names.includes(name))
    throw new DomainError('invalid_request', 'The cursor is not one that this list gave.');
  return { name, offset: Number(offset) };
}
