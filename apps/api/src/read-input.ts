import { readJson } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';

const MAX_BODY = 100_000;

/** A validated JSON body. Rejects `invalid_request` naming every wrong field. */
export async function readInput<T extends z.ZodType>(
  request: FastifyRequest,
  schema: T,
): Promise<z.output<T>> {
  return checkInput(schema, (await readJson(request, MAX_BODY)) ?? {});
}

/** Validates what came in a query or a body. */
export function checkInput<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  throw new DomainError('invalid_request', `The request is not valid. ${faults.join('; ')}.`);
}
