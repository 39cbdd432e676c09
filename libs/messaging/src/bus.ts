import { Inject, type Provider } from '@nestjs/common';
import type { Client, Contract, Operation } from '@packhouse/contracts';
import { DomainError } from '@packhouse/kernel';
import type { z } from 'zod';

/**
 * Asks a service by message name. Both transports behave alike: the payload is JSON-round-tripped, limited to
 * MAX_MESSAGE_BYTES, answered within the deadline, and fails with DomainError only
 * (`unavailable` when nobody answers, `deadline_exceeded` when the answer is late).
 */
export interface Bus {
  call(pattern: string, payload: unknown, deadlineMs: number): Promise<unknown>;
  /**
   * True when answers come from this very process, which has already checked them against the contract;
   * an answer from elsewhere may come from another release and is checked again by the client.
   */
  readonly answersAreChecked?: boolean;
}

/** Injection token of the process's bus. */
export const BUS = Symbol('Bus');

/** Injection token of the typed client of a contract; provided globally for every contract of the product. */
export function clientToken(contract: Contract): string {
  return `client:${contract.service}`;
}

/** Injects a typed client: `constructor(@InjectClient(authContract) private readonly auth: AuthClient)`. */
export const InjectClient = (contract: Contract): ParameterDecorator => Inject(clientToken(contract));

/**
 * A typed client over a bus. Requests are validated once, by the owner of the operation (`invalid_request` names
 * the fields); answers are validated by the owner and, when they come from another process, by the client too.
 */
export function createClient<C extends Contract>(contract: C, bus: Bus): Client<C> {
  const entries = Object.entries(contract.operations).map(([name, operation]) => [
    name,
    createCall(`${contract.service}.${name}`, operation, bus),
  ]);
  return Object.fromEntries(entries) as Client<C>;
}

/** The typed client of every contract, each under its {@link clientToken}. They find the bus under {@link BUS}. */
export function clientProviders(contracts: readonly Contract[]): Provider[] {
  return contracts.map((contract) => ({
    provide: clientToken(contract),
    useFactory: (bus: Bus) => createClient(contract, bus),
    inject: [BUS],
  }));
}

function createCall(
  pattern: string,
  { response, deadlineMs }: Operation,
  bus: Bus,
): (request: unknown) => Promise<unknown> {
  if (bus.answersAreChecked) return (request) => bus.call(pattern, request, deadlineMs);
  return async (request) => {
    const parsed = response.safeParse(await bus.call(pattern, request, deadlineMs));
    if (parsed.success) return parsed.data;
    throw new DomainError(
      'internal',
      undefined,
      {},
      { cause: new Error(`The answer of ${pattern} does not fit its contract: ${listFaults(parsed.error)}`) },
    );
  };
}

/** One short line that names each field at fault; values are left out, they may be secrets. */
export function listFaults(error: z.ZodError): string {
  return error.issues
    .slice(0, 10)
    .map((issue) => `${issue.path.map(String).join('.') || 'payload'}: ${issue.message}`)
    .join('; ');
}
