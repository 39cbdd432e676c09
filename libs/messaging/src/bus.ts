import type { Client, Contract } from '@packhouse/contracts';
import { Inject } from '@nestjs/common';

/**
 * Asks a service by message name. Both transports behave alike: the payload is JSON-round-tripped, limited to
 * MAX_MESSAGE_BYTES, answered within the deadline, and fails with DomainError only
 * (`unavailable` when nobody answers, `deadline_exceeded` when the answer is late).
 */
export interface Bus {
  call(pattern: string, payload: unknown, deadlineMs: number): Promise<unknown>;
}

/** Injection token of the process's bus. */
export const BUS = Symbol('Bus');

/** Injection token of the typed client of a contract; provided globally for every contract of the product. */
export function clientToken(contract: Contract): string {
  return `client:${contract.service}`;
}

/** Injects a typed client: `constructor(@InjectClient(authContract) private readonly auth: AuthClient)`. */
export const InjectClient = (contract: Contract): ParameterDecorator => Inject(clientToken(contract)) as ParameterDecorator;

/** A typed client over a bus: requests and answers are validated against the contract. */
export function createClient<C extends Contract>(contract: C, bus: Bus): Client<C> {
  const entries = Object.entries(contract.operations).map(([name, { request, response, deadlineMs }]) => [
    name,
    async (input: unknown): Promise<unknown> =>
      response.parse(await bus.call(`${contract.service}.${name}`, request.parse(input), deadlineMs)),
  ]);
  return Object.fromEntries(entries) as Client<C>;
}
