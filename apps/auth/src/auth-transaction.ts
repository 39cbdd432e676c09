import { Inject, Injectable } from '@nestjs/common';
import { databaseToken, type ServiceDatabase } from '@packhouse/database';
import type { Actor, EventDefinition } from '@packhouse/contracts';
import { INVALIDATIONS, outboxToken, type Invalidations, type Outbox } from '@packhouse/messaging';
import type { EntityManager } from 'typeorm';
import type { z } from 'zod';
import { AUTH_SCHEMA } from './persistence/auth.schema';

/** So many events are written by one statement. */
const EVENTS_AT_ONCE = 1000;

/** A change under way: its tables, the events it records, the facts it makes untrue. */
export interface Change {
  readonly manager: EntityManager;
  readonly record: <E extends EventDefinition>(
    event: E,
    payload: z.input<E['payload']>,
    actor?: Actor | null,
  ) => Promise<void>;
  /** The same event for each of these: what a change of many things has to tell. */
  readonly recordEach: <E extends EventDefinition>(
    event: E,
    payloads: ReadonlyArray<z.input<E['payload']>>,
    actor?: Actor | null,
  ) => Promise<void>;
  /** Fact keys to announce after the commit. */
  readonly forget: (...keys: string[]) => void;
}

/** Runs every change of this service: one transaction with its events, then the announcement, then the answer. */
@Injectable()
export class AuthTransaction {
  constructor(
    @Inject(databaseToken(AUTH_SCHEMA)) private readonly database: ServiceDatabase,
    @Inject(outboxToken(AUTH_SCHEMA)) private readonly outbox: Outbox,
    @Inject(INVALIDATIONS) private readonly invalidations: Invalidations,
  ) {}

  async run<T>(work: (change: Change) => Promise<T>): Promise<T> {
    let forgotten: string[] = [];
    const result = await this.database.transaction((manager) => {
      forgotten = [];
      return work({
        manager,
        record: (event, payload, actor = null) => this.outbox.record(manager, event, payload, actor),
        recordEach: (event, payloads, actor = null) => this.recordEach(manager, event, payloads, actor),
        forget: (...keys) => void forgotten.push(...keys),
      });
    });
    if (forgotten.length > 0) await this.invalidations.announce(forgotten);
    return result;
  }

  private async recordEach(
    manager: EntityManager,
    event: EventDefinition,
    payloads: readonly unknown[],
    actor: Actor | null,
  ): Promise<void> {
    for (let from = 0; from < payloads.length; from += EVENTS_AT_ONCE) {
      const drafts = payloads.slice(from, from + EVENTS_AT_ONCE).map((payload) => ({ event, payload }));
      await this.outbox.recordAll(manager, drafts, actor);
    }
  }
}
