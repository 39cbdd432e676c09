import { SetMetadata, type INestApplicationContext, type Type } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { PATTERN_HANDLER_METADATA, PATTERN_METADATA } from '@nestjs/microservices/constants';
import { PatternHandler } from '@nestjs/microservices/enums/pattern-handler.enum';
import type { Contract } from '@packhouse/contracts';

const RUNS_METADATA = 'packhouse:takes-runs';

/**
 * Beside `@EventPattern`: the method takes an array of events, in the order of their log. It saves a service what each
 * event by itself would cost. When the method fails it is called again for each event alone, so that one bad event does
 * not hold up the others: what it did for the run before it failed comes again.
 */
export const TakesRuns = (): MethodDecorator => SetMetadata(RUNS_METADATA, true);

type Module = ModulesContainer extends Map<string, infer M> ? M : never;
type Wrapper = Module['controllers'] extends Map<unknown, infer W> ? W : never;

/** A method of a Nest controller that answers an operation or receives an event. */
export interface DiscoveredHandler {
  /** `service.operation`, or the type of the event. */
  readonly pattern: string;
  readonly kind: 'operation' | 'event';
  /** The local service whose module holds the controller; null when none does. */
  readonly service: string | null;
  /** `AuthController.decide`, for messages. */
  readonly name: string;
  readonly call: (payload: unknown) => unknown;
  /** It takes an array of events and not one (see TakesRuns). */
  readonly takesRuns: boolean;
}

/**
 * Finds every `@MessagePattern` and `@EventPattern` method of a started application, bound to its controller.
 * The methods are called directly with the payload as the only argument: Nest's pipes, guards, interceptors and
 * filters for messages do not run (its pipeline costs several times what a warm call may cost).
 */
export function discoverHandlers(
  app: INestApplicationContext,
  services: ReadonlyArray<{ name: string; module: Type }>,
): DiscoveredHandler[] {
  const modules = [...app.get(ModulesContainer, { strict: false }).values()];
  const owners = findOwners(modules, services);
  const seen = new Set<unknown>();
  const found: DiscoveredHandler[] = [];
  for (const wrapper of modules.flatMap((module) => [...module.controllers.values()])) {
    if (!wrapper.metatype || seen.has(wrapper.metatype)) continue;
    seen.add(wrapper.metatype);
    found.push(...readController(wrapper, owners.get(wrapper.metatype) ?? null));
  }
  return found;
}

/** Which service each controller belongs to: the one whose module leads to it by imports. Global modules belong to nobody. */
function findOwners(
  modules: readonly Module[],
  services: ReadonlyArray<{ name: string; module: Type }>,
): Map<unknown, string> {
  const owners = new Map<unknown, string>();
  for (const service of services) {
    const reached = new Set<Module>(modules.filter((module) => module.metatype === service.module));
    for (const module of reached) {
      for (const imported of module.imports) if (!imported.isGlobal) reached.add(imported);
      for (const wrapper of module.controllers.values()) {
        const other = owners.get(wrapper.metatype);
        if (other !== undefined && other !== service.name) {
          throw new Error(
            `${wrapper.name} is reached from the modules of ${other} and of ${service.name}: a controller belongs to one service.`,
          );
        }
        owners.set(wrapper.metatype, service.name);
      }
    }
  }
  return owners;
}

function readController(wrapper: Wrapper, service: string | null): DiscoveredHandler[] {
  const prototype = (wrapper.metatype as Type).prototype as Record<string, unknown>;
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((methodName) => {
    const method = prototype[methodName] as (payload: unknown) => unknown;
    const patterns = Reflect.getMetadata(PATTERN_METADATA, method) as unknown[] | undefined;
    if (!patterns) return [];
    const name = `${wrapper.name}.${methodName}`;
    if (!wrapper.isDependencyTreeStatic())
      throw new Error(`${name} is request-scoped: handlers of messages must be in the default scope.`);
    const kind =
      Reflect.getMetadata(PATTERN_HANDLER_METADATA, method) === PatternHandler.EVENT ? 'event' : 'operation';
    const call = method.bind(wrapper.instance);
    const takesRuns = Reflect.getMetadata(RUNS_METADATA, method) === true;
    return patterns.map(
      (pattern) => ({ pattern: String(pattern), kind, service, name, call, takesRuns }) as const,
    );
  });
}

/**
 * Checks that every operation of the contracts has exactly one handler, and that no handler answers anything else.
 * @throws Error that lists every fault, one a line.
 */
export function checkHandlers(contracts: readonly Contract[], handlers: readonly DiscoveredHandler[]): void {
  const patterns = new Set(
    contracts.flatMap(({ service, operations }) =>
      Object.keys(operations).map((name) => `${service}.${name}`),
    ),
  );
  const answered = new Map<string, string[]>();
  for (const { pattern, name } of handlers.filter(({ kind }) => kind === 'operation'))
    answered.set(pattern, [...(answered.get(pattern) ?? []), name]);
  const faults: string[] = [];
  for (const pattern of patterns)
    if (!answered.has(pattern)) faults.push(`missing: no handler answers ${pattern}`);
  for (const [pattern, names] of answered) {
    if (!patterns.has(pattern))
      faults.push(
        `unknown: ${names.join(' and ')} answers ${pattern}, which no contract of this process has`,
      );
    else if (names.length > 1) faults.push(`duplicate: ${names.join(' and ')} answer ${pattern}`);
  }
  if (faults.length > 0)
    throw new Error(`The message handlers do not match the contracts:\n- ${faults.join('\n- ')}`);
}
