import { readJson } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { OperationDeclaration } from './operation';

const MAX_BODY = 100_000;

/** One fault of an input, as GitHub tells it. */
export interface InputFault {
  readonly resource: string;
  readonly field: string;
  readonly code: 'missing_field' | 'invalid' | 'already_exists' | 'custom';
  readonly message: string;
}

interface ReadInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** Reads and validates what came in the path, the query and the body. Rejects as the top of operation.ts says. */
export async function readOperationInput(
  declaration: OperationDeclaration,
  request: FastifyRequest,
): Promise<ReadInput> {
  const params = parseParams(declaration, request.params);
  const query = check(declaration, declaration.query, request.query, 'query');
  const body = declaration.body
    ? check(declaration, declaration.body, await readBodyOf(declaration, request), 'body')
    : undefined;
  return { params, query, body };
}

/** A path that no thing can have names nothing. */
function parseParams({ params }: OperationDeclaration, value: unknown): unknown {
  if (!params) return {};
  const result = params.safeParse(value);
  if (!result.success) throw new DomainError('not_found');
  return result.data;
}

/** An empty body is an empty object: clients send none where every field is optional. */
async function readBodyOf({ maxBody }: OperationDeclaration, request: FastifyRequest): Promise<unknown> {
  return (await readJson(request, maxBody ?? MAX_BODY)) ?? {};
}

function check(
  declaration: OperationDeclaration,
  schema: z.ZodType | undefined,
  value: unknown,
  where: 'query' | 'body',
): unknown {
  if (!schema) return {};
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => describeFault(declaration, issue, value));
  const sentence = errors
    .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
    .join('; ');
  throw new DomainError(faultCode(declaration, where), `The request is not valid. ${sentence}.`, { errors });
}

function faultCode(
  { path, responses }: OperationDeclaration,
  where: 'query' | 'body',
): 'invalid_request' | 'validation_failed' {
  if (!path.startsWith('/api/v3/')) return 'invalid_request';
  const only400 = Object.hasOwn(responses, 400) && !Object.hasOwn(responses, 422);
  return where === 'query' && only400 ? 'invalid_request' : 'validation_failed';
}

function describeFault(
  declaration: OperationDeclaration,
  issue: z.core.$ZodIssue,
  value: unknown,
): InputFault {
  const isMissing = issue.path.length > 0 && valueAt(value, issue.path) === undefined;
  return {
    resource: resourceOf(declaration),
    field: issue.path.join('.'),
    code: isMissing ? 'missing_field' : 'invalid',
    message: isMissing ? 'is missing' : issue.message,
  };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

/** `packages` becomes `Package`. */
function resourceOf({ resource, tags }: OperationDeclaration): string {
  if (resource) return resource;
  const word = (tags[0] ?? 'request').replace(/ies$/, 'y').replace(/s$/, '');
  return word.charAt(0).toUpperCase() + word.slice(1);
}
