import { Readable } from 'node:stream';
import { DomainError } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { defineOperation, type OperationDeclaration } from './operation';
import { readOperationInput } from './operation-input';
import { renderV3Error } from './v3-error';

const createThing = defineOperation({
  id: 'things/create',
  method: 'POST',
  path: '/api/v3/orgs/{org}/things/{number}',
  summary: 'Make a thing',
  tags: ['entries'],
  params: z.object({ org: z.string(), number: z.coerce.number().int() }),
  query: z.object({ kind: z.enum(['big', 'small']).default('big') }),
  body: z.object({ name: z.string(), parts: z.array(z.object({ size: z.int() })).optional() }),
  responses: { 201: z.object({}) },
  maxBody: 1000,
});

interface Sent {
  readonly number?: string;
  readonly query?: object;
  readonly body?: string;
}

function request({ number = '7', query = {}, body = '{"name":"x"}' }: Sent): FastifyRequest {
  return {
    id: 'request-1',
    params: { org: 'acme', number },
    query,
    headers: {},
    raw: Readable.from([Buffer.from(body)]),
  } as unknown as FastifyRequest;
}

async function faultOf(sent: Sent, declaration: OperationDeclaration = createThing): Promise<DomainError> {
  const error: unknown = await readOperationInput(declaration, request(sent)).catch(
    (thrown: unknown) => thrown,
  );
  if (error instanceof DomainError) return error;
  throw new Error(`Not refused: ${JSON.stringify(error)}`);
}

describe('the input of an operation', () => {
  it('is validated, converted and rid of what is not known', async () => {
    const sent = { query: { kind: 'small', other: '1' }, body: '{"name":"x","unknown":true}' };
    expect(await readOperationInput(createThing, request(sent))).toEqual({
      params: { org: 'acme', number: 7 },
      query: { kind: 'small' },
      body: { name: 'x' },
    });
  });

  it('names every wrong field as GitHub does', async () => {
    const error = await faultOf({ body: '{"parts":[{"size":"large"}]}' });
    const { status, body } = renderV3Error(error, request({}));
    expect([status, body]).toEqual([
      422,
      {
        message: 'Validation Failed',
        documentation_url: 'https://docs.github.com/rest',
        status: '422',
        errors: [
          { resource: 'Entry', field: 'name', code: 'missing_field', message: 'is missing' },
          {
            resource: 'Entry',
            field: 'parts.0.size',
            code: 'invalid',
            message: expect.any(String) as string,
          },
        ],
      },
    ]);
  });

  it('is a bad request where it cannot be read, too large above the limit, and nothing where its path is none', async () => {
    const broken = await faultOf({ body: '{"name":' });
    expect(renderV3Error(broken, request({}))).toMatchObject({
      status: 400,
      body: { message: 'Problems parsing JSON' },
    });
    expect((await faultOf({ body: `{"name":"${'x'.repeat(2000)}"}` })).code).toBe('payload_too_large');
    expect((await faultOf({ number: 'seven' })).code).toBe('not_found');
  });

  it('answers a wrong query with 400 where that is declared and 422 is not, and always so in our own API', async () => {
    const wrong = { query: { kind: 'huge' } };
    expect((await faultOf(wrong)).code).toBe('validation_failed');
    const withOnly400 = { ...createThing, responses: { 201: z.object({}), 400: 'Wrong.' } };
    expect((await faultOf(wrong, withOnly400)).code).toBe('invalid_request');
    const own = { ...createThing, path: '/api/packhouse/v1/things' } as const;
    expect((await faultOf(wrong, own)).code).toBe('invalid_request');
    expect((await faultOf({ body: '[]' }, own)).code).toBe('invalid_request');
  });
});
