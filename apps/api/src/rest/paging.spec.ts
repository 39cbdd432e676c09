import type { FastifyReply, FastifyRequest } from 'fastify';
import { absoluteLinks } from './links';
import type { OperationInput } from './operation';
import { cursorPageOf, cursorQuery, pageOf, pageWindow, pagingQuery, type PagingQuery } from './paging';

function input<Q>(url: string, query: Q): OperationInput<unknown, Q> {
  return {
    params: {},
    query,
    body: undefined,
    caller: { principal: null, tokenHash: null, address: '', requestId: '' },
    request: { url } as FastifyRequest,
    reply: {} as FastifyReply,
  };
}

/** The targets of a Link header, by relation. */
function targetsIn(link: string | undefined): Record<string, string> {
  const found = [...(link ?? '').matchAll(/<([^>]+)>; rel="(\w+)"/g)];
  return Object.fromEntries(found.map(([, url = '', rel = '']) => [rel, url] as const));
}

/** The pages that a Link header names, by relation. */
function pagesIn(link: string | undefined): Record<string, string | null> {
  const targets = Object.entries(targetsIn(link));
  return Object.fromEntries(
    targets.map(([rel, url]) => [rel, new URL(url, 'http://h').searchParams.get('page')] as const),
  );
}

describe('pages by number', () => {
  const read = (query: Record<string, string>): PagingQuery => pagingQuery.parse(query);

  it('take the default for what is no number, and the most for too many', () => {
    expect(read({})).toEqual({ page: 1, per_page: 30 });
    expect(read({ page: 'x', per_page: '0' })).toEqual({ page: 1, per_page: 30 });
    expect(read({ page: '-3', per_page: '1.5' })).toEqual({ page: 1, per_page: 30 });
    expect(read({ page: '3', per_page: '5000' })).toEqual({ page: 3, per_page: 100 });
  });

  it('go no further than 10,000 results', () => {
    expect(pageWindow(read({ page: '100', per_page: '100' }))).toEqual({ offset: 9900, limit: 100 });
    expect(() => pageWindow(read({ page: '101', per_page: '100' }))).toThrow(/first 10000/);
  });

  it.each([
    ['1', 45, { next: '2', last: '3' }],
    ['2', 45, { prev: '1', next: '3', last: '3', first: '1' }],
    ['3', 45, { prev: '2', first: '1' }],
    ['9', 45, { prev: '3', first: '1' }],
    ['1', 20, {}],
    ['1', 0, {}],
    ['1', 1_000_000, { next: '2', last: '500' }],
  ])('link page %s of %i results to its neighbours', (page, total, links) => {
    const url = `/api/v3/orgs/acme/packages?package_type=x&page=${page}&per_page=20`;
    const { headers } = pageOf(input(url, read({ page, per_page: '20' })), [], { total });
    expect(pagesIn(headers.link)).toEqual(links);
    if (headers.link) expect(headers.link).toContain('package_type=x');
  });

  it('have absolute links below the public URL', () => {
    const url = '/api/v3/orgs/acme/packages?q=a%26b';
    const { headers } = pageOf(input(url, read({})), [], { total: 40 });
    expect(absoluteLinks(headers.link ?? '', 'https://hub.test/base')).toBe(
      '<https://hub.test/base/api/v3/orgs/acme/packages?q=a%26b&page=2&per_page=30>; rel="next", ' +
        '<https://hub.test/base/api/v3/orgs/acme/packages?q=a%26b&page=2&per_page=30>; rel="last"',
    );
  });
});

describe('pages by cursor', () => {
  it('link forth and back, one cursor at a time', () => {
    const url = '/api/v3/orgs/acme/audit-log?phrase=x&after=here';
    const { headers } = cursorPageOf(input(url, cursorQuery.parse({ after: 'here' })), [], {
      after: 'there',
      before: 'then',
    });
    const links = targetsIn(headers.link);
    expect(links).toEqual({
      next: '/api/v3/orgs/acme/audit-log?phrase=x&after=there',
      prev: '/api/v3/orgs/acme/audit-log?phrase=x&before=then',
      first: '/api/v3/orgs/acme/audit-log?phrase=x',
    });
  });
});
