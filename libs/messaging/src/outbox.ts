import type { Actor, EventDefinition } from '@packhouse/contracts';
import type { EntityManager } from 'typeorm';
import type { z } from 'zod';

/** An event that is about to be recorded. */
export interface EventDraft {
  readonly event: EventDefinition;
  readonly payload: unknown;
}

/**
 * Records an event in the caller's transaction, in the outbox of the service that owns `schema`.
 * It is relayed after the commit: at least once, in order per service, to every `@EventPattern(type)` handler
 * (method of a Nest controller, argument: EventEnvelope). Publishers never wait for handlers.
 */
export interface Outbox {
  /** Several events in one statement, in this order: what a change of many versions has to tell. */
  recordAll(manager: EntityManager, drafts: readonly EventDraft[], actor?: Actor | null): Promise<void>;
  record<E extends EventDefinition>(
    manager: EntityManager,
    event: E,
    payload: z.input<E['payload']>,
    actor?: Actor | null,
  ): Promise<void>;
}

/** Injection token of the outbox of one service, named by its Postgres schema. */
export function outboxToken(schema: string): string {
  return `outbox:${schema}`;
}
