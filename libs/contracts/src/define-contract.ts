import { z } from 'zod';
import type { Actor } from './common';

/** How long a caller waits for an answer unless the operation says otherwise, in milliseconds. */
export const DEFAULT_DEADLINE_MS = 5000;

/**
 * Largest message in bytes, the same in both transports. It leaves room below the 1 MB that a message broker
 * accepts by default; bytes of packages and documents never travel on the bus, lists are paged below it.
 */
export const MAX_MESSAGE_BYTES = 900_000;

/** One question that a service answers. */
export interface Operation<Req extends z.ZodType = z.ZodType, Res extends z.ZodType = z.ZodType> {
  readonly request: Req;
  readonly response: Res;
  readonly deadlineMs: number;
}

export function operation<Req extends z.ZodType, Res extends z.ZodType>(
  request: Req,
  response: Res,
  options: { deadlineMs?: number } = {},
): Operation<Req, Res> {
  return { request, response, deadlineMs: options.deadlineMs ?? DEFAULT_DEADLINE_MS };
}

/** Everything one service can be asked. The message name of an operation is `service.operation`. */
export interface Contract<Ops extends Record<string, Operation> = Record<string, Operation>> {
  readonly service: string;
  readonly operations: Ops;
}

export function defineContract<Ops extends Record<string, Operation>>(
  service: string,
  operations: Ops,
): Contract<Ops> {
  return { service, operations };
}

/** What a caller injects: one method per operation. Rejects with DomainError only. */
export type Client<C extends Contract> = {
  readonly [K in keyof C['operations']]: (
    request: z.input<C['operations'][K]['request']>,
  ) => Promise<z.output<C['operations'][K]['response']>>;
};

/** What a handler of an operation receives, validated. */
export type RequestOf<C extends Contract, K extends keyof C['operations']> = z.output<
  C['operations'][K]['request']
>;
/** What a handler of an operation returns. */
export type ResponseOf<C extends Contract, K extends keyof C['operations']> = z.input<
  C['operations'][K]['response']
>;

/** The message name of an operation, for `@MessagePattern`. */
export function patternOf<C extends Contract>(contract: C, name: keyof C['operations'] & string): string {
  return `${contract.service}.${name}`;
}

/** A fact that a service records in its outbox. Named in the past tense: `package.version-published`. */
export interface EventDefinition<T extends string = string, P extends z.ZodType = z.ZodType> {
  readonly type: T;
  readonly payload: P;
}

export function defineEvent<T extends string, P extends z.ZodType>(
  type: T,
  payload: P,
): EventDefinition<T, P> {
  return { type, payload };
}

export type EventPayload<E extends EventDefinition> = z.output<E['payload']>;

/** An event as handlers receive it. Delivered at least once, in order per source; handlers are idempotent by `id`. */
export interface EventEnvelope<P = unknown> {
  readonly id: string;
  readonly type: string;
  /** Schema of the service that recorded it. */
  readonly source: string;
  readonly occurredAt: string;
  /** Who caused it; null: the system. */
  readonly actor: Actor | null;
  readonly payload: P;
}
