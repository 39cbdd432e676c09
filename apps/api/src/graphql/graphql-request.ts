import { readJson } from '@packhouse/http';
import { DomainError } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

const body = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().max(500).nullish(),
});

/** What a client asks. */
export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | null;
  /** Changes nothing, whatever it asks: it came where links lead to. */
  readonly readOnly: boolean;
}

/** A question in a body. Rejects `invalid_request`, also for a list of questions: each is a request of its own. */
export async function readPost(request: FastifyRequest, maxBytes: number): Promise<GraphqlRequest> {
  requireScriptable(request);
  const value = await readJson(request, maxBytes);
  if (Array.isArray(value))
    throw new DomainError('invalid_request', 'Send one query a request: lists of queries are not taken.');
  return checked(value, false);
}

/** A question in the address. */
export function readGet(request: FastifyRequest, maxBytes: number): GraphqlRequest {
  if (request.url.length > maxBytes)
    throw new DomainError('payload_too_large', 'The query is too long: send it with POST.');
  const { query, variables, operationName } = request.query as Record<string, unknown>;
  return checked({ query, operationName, variables: parseVariables(variables) }, true);
}

function checked(value: unknown, readOnly: boolean): GraphqlRequest {
  const result = body.safeParse(value ?? {});
  if (!result.success)
    throw new DomainError(
      'invalid_request',
      'Send a JSON object with "query" (text) and, where the query has them, "variables" (an object) and "operationName".',
    );
  const { query, variables, operationName } = result.data;
  return { query, variables: variables ?? {}, operationName: operationName ?? null, readOnly };
}

function parseVariables(value: unknown): unknown {
  if (typeof value !== 'string' || value === '') return null;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw new DomainError('invalid_request', 'The variables are not valid JSON.');
  }
}

/**
 * A page of another site can make a browser send its user's password along with a form, but neither a token nor JSON:
 * what is not JSON is taken from who sends a token only.
 */
function requireScriptable({ headers }: FastifyRequest): void {
  const isJson = /^application\/([\w.+-]+\+)?json\b/i.test(headers['content-type'] ?? '');
  const hasToken = /^(bearer|token) /i.test(headers.authorization ?? '');
  if (!isJson && !hasToken)
    throw new DomainError(
      'invalid_request',
      'Send the query as JSON, with "content-type: application/json".',
    );
}
