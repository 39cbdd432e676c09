import { z } from 'zod';
import { describeOperations } from './open-api';
import { defineOperation } from './operation';
import { pagingQuery } from './paging';

const listThings = defineOperation({
  id: 'things/list',
  method: 'GET',
  path: '/api/v3/orgs/{org}/things',
  summary: 'List things',
  tags: ['things'],
  params: z.object({ org: z.string() }),
  query: pagingQuery.extend({ kind: z.enum(['big', 'small']).optional() }),
  responses: { 200: z.array(z.object({ id: z.int() })), 404: 'No such organization.' },
  scopes: ['read:org'],
});
const dropThing = defineOperation({
  id: 'things/drop',
  method: 'DELETE',
  path: '/api/packhouse/v1/things',
  summary: 'Drop it',
  tags: ['things'],
  responses: { 204: 'It is gone.' },
});

interface Described {
  readonly openapi: string;
  readonly paths: Record<
    string,
    Record<string, { parameters?: object[]; responses: Record<string, object> }>
  >;
  readonly servers: object[];
}

describe('the OpenAPI document', () => {
  const document = describeOperations([listThings, dropThing], '/api/v3', 'https://hub.test') as Described;

  it('has the operations below its prefix, with paths relative to it', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.servers).toEqual([{ url: 'https://hub.test/api/v3' }]);
    expect(Object.keys(document.paths)).toEqual(['/orgs/{org}/things']);
    const own = describeOperations(
      [listThings, dropThing],
      '/api/packhouse/v1',
      'https://hub.test',
    ) as Described;
    expect(Object.keys(own.paths)).toEqual(['/things']);
  });

  it('describes parameters with their defaults, and answers of every status', () => {
    const operation = document.paths['/orgs/{org}/things']?.get;
    expect(operation?.parameters).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ in: 'path', name: 'org', required: true }),
        expect.objectContaining({
          in: 'query',
          name: 'page',
          schema: expect.objectContaining({ default: 1 }) as object,
        }),
        expect.objectContaining({
          in: 'query',
          name: 'kind',
          schema: { type: 'string', enum: ['big', 'small'] },
        }),
      ]),
    );
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '400', '401', '403', '404', '429', '500']),
    );
    expect(operation?.responses['404']).toMatchObject({ description: 'No such organization.' });
  });
});
