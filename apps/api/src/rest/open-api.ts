import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import type { OperationDeclaration } from './operation';
import type { DeclaredPrefix } from './operation-list';

const v3Error = z
  .object({
    message: z.string(),
    documentation_url: z.string(),
    status: z.string(),
    errors: z
      .array(z.object({ resource: z.string(), field: z.string(), code: z.string(), message: z.string() }))
      .optional(),
  })
  .meta({ id: 'basic-error', title: 'Failure' });

const ownError = z
  .object({
    message: z.string(),
    code: z.string(),
    requestId: z.string(),
    errors: z.array(z.unknown()).optional(),
  })
  .meta({ id: 'failure', title: 'Failure' });

/** Failures that any operation may answer with, declared or not. */
const alwaysPossible = [400, 401, 403, 404, 429, 500, 503, 504] as const;
/** And those that take a query, or a body. */
const possibleWithQuery = [422] as const;
const possibleWithBody = [409, 413, 422] as const;

const titles: Record<DeclaredPrefix, string> = {
  '/api/v3': 'Packhouse: the API that GitHub clients know',
  '/api/packhouse/v1': 'Packhouse: its own API',
};

/** The OpenAPI 3.1 document of one prefix; paths are relative to it, as in GitHub's own. */
export function describeOperations(
  operations: readonly OperationDeclaration[],
  prefix: DeclaredPrefix,
  base: string,
): object {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  const error = prefix === '/api/v3' ? v3Error : ownError;
  for (const operation of operations) {
    if (operation.path !== prefix && !operation.path.startsWith(`${prefix}/`)) continue;
    const path = operation.path.slice(prefix.length) || '/';
    (paths[path] ??= {})[operation.method.toLowerCase()] = describeOperation(operation, error);
  }
  return createDocument({
    openapi: '3.1.0',
    info: { title: titles[prefix], version: prefix.slice(prefix.lastIndexOf('/') + 1) },
    servers: [{ url: `${base}${prefix}` }],
    security: [{ token: [] }, { password: [] }],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        password: { type: 'http', scheme: 'basic' },
      },
    },
    paths,
  });
}

function describeOperation(operation: OperationDeclaration, error: z.ZodType): ZodOpenApiOperationObject {
  const { id, summary, description, tags, params, query, body, auth } = operation;
  return {
    operationId: id,
    summary,
    description: [description, describeScopes(operation)].filter(Boolean).join(' '),
    tags: [...tags],
    ...(auth === 'anyone' ? { security: [{}, { token: [] }, { password: [] }] } : {}),
    requestParams: {
      ...(params ? { path: params as z.ZodObject } : {}),
      ...(query ? { query: query as z.ZodObject } : {}),
    },
    ...(body ? { requestBody: { content: { 'application/json': { schema: body } } } } : {}),
    responses: describeResponses(operation, error),
  };
}

function describeScopes({ scopes = [], alsoScopes = [] }: OperationDeclaration): string {
  const needed = [scopes, alsoScopes].filter(({ length }) => length > 0).map((some) => some.join(' or '));
  return needed.length > 0 ? `Scopes of a classic token: ${needed.join(', and ')}.` : '';
}

function describeResponses(
  { responses, contentType, query, body }: OperationDeclaration,
  error: z.ZodType,
): ZodOpenApiResponsesObject {
  const described: Record<string, object> = {};
  const failure = (status: number, text?: string) => ({
    description: text ?? STATUS_CODES[status] ?? 'Failure',
    content: { 'application/json': { schema: error } },
  });
  const possible = [
    ...alwaysPossible,
    ...(query ? possibleWithQuery : []),
    ...(body ? possibleWithBody : []),
  ];
  for (const status of possible) described[status] = failure(status);
  for (const [text, answer] of Object.entries(responses)) {
    const status = Number(text);
    if (typeof answer !== 'string')
      described[text] = {
        description: STATUS_CODES[status] ?? 'Answer',
        content: { [contentType ?? 'application/json']: { schema: answer } },
      };
    else described[text] = status < 400 ? { description: answer } : failure(status, answer);
  }
  return described as ZodOpenApiResponsesObject;
}
