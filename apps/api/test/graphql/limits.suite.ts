import { password, type GraphqlWorld } from './graphql-world';

/** What is refused, and how that is told. */
export function describeLimits(world: () => GraphqlWorld): void {
  describe('limits', () => {
    it('are counted in points that grow with the query, and told in the answer and its headers', async () => {
      const query =
        '{ rateLimit { cost limit nodeCount used remaining resetAt } viewer { packages(first: 3) { totalCount } } }';
      const { rateLimit } = await world().octokit.read<{ rateLimit: Record<string, number> }>(query, {
        token: world().tokens.eve,
      });
      expect(rateLimit).toMatchObject({ cost: 1, nodeCount: 3 });
      expect(rateLimit.used! + rateLimit.remaining!).toBe(rateLimit.limit);
      const lists =
        'packages(first: 100) { nodes { versions(first: 1) { nodes { files(first: 1) { totalCount } } } } }';
      const wide = `{ rateLimit { cost } organization(login: "acme") { ${lists} } }`;
      const answer = await world().post(JSON.stringify({ query: wide }));
      expect(answer.headers.get('x-ratelimit-resource')).toBe('graphql');
      expect(await answer.json()).toMatchObject({ data: { rateLimit: { cost: 2 } } });
    });

    it('are told by GitHub’s names', async () => {
      const packages = (args: string) => `{ organization(login: "acme") { packages${args} { totalCount } } }`;
      expect(await world().failureOf(packages(''))).toBe('MISSING_PAGINATION_BOUNDARIES');
      expect(await world().failureOf(packages('(first: 101)'))).toBe('EXCESSIVE_PAGINATION');
      expect(await world().failureOf(packages('(first: 1, after: "x")'))).toBe('INVALID_CURSOR_ARGUMENTS');
      const deep =
        'packages(first: 100) { nodes { versions(first: 100) { nodes { files(first: 100) { totalCount } } } } }';
      expect(await world().failureOf(`{ organization(login: "acme") { ${deep} } }`)).toBe(
        'MAX_NODE_LIMIT_EXCEEDED',
      );
      const aliases = Array.from({ length: 1001 }, (_, index) => `a${index}: __typename`).join(' ');
      expect(await world().failureOf(`{ ${aliases} }`)).toBe('RESOURCE_LIMITS_EXCEEDED');
      const ids = Array.from({ length: 101 }, () => '"x"').join(' ');
      expect(await world().failureOf(`{ nodes(ids: [${ids}]) { id } }`)).toBe('ARGUMENT_LIMIT');
    });

    it('refuse lists of queries, large requests and what is no query', async () => {
      const answers = await Promise.all([
        world().post('[{"query":"{ viewer { login } }"}]'),
        world().post(JSON.stringify({ query: `{ viewer { login } } #${'x'.repeat(200_000)}` })),
        world().post('{"query": 1}'),
        world().post('{"query": "{ viewer { login } }", "variables": "x"}'),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([400, 413, 400, 400]);
    });

    it('say what a query has wrong with status 200, as GraphQL clients expect', async () => {
      const wrong = await world().post('{"query":"{ viewer { nonsense } }"}');
      expect(wrong.status).toBe(200);
      expect(await wrong.json()).toEqual({
        errors: [
          {
            message: 'Cannot query field "nonsense" on type "User".',
            locations: [{ line: 1, column: 12 }],
          },
        ],
      });
      const variable = await world().post(
        '{"query":"query($n: Int!) { viewer { packages(first: $n) { totalCount } } }"}',
      );
      expect(JSON.stringify(await variable.json())).toContain(
        'Variable \\"$n\\" of required type \\"Int!\\"',
      );
    });

    it('take no password from a form of another site', async () => {
      const authorization = `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`;
      const form = await world().post('{"query":"{ viewer { login } }"}', {
        authorization,
        'content-type': 'text/plain',
      });
      expect(form.status).toBe(400);
      expect((await world().post('{"query":"{ viewer { login } }"}', { authorization })).status).toBe(200);
      expect(
        (await world().post('{"query":"{ viewer { login } }"}', { 'content-type': 'text/plain' })).status,
      ).toBe(200);
    });

    it('answer links, and change nothing for them', async () => {
      const get = (query: string) =>
        fetch(`${world().platform.url}/api/graphql?query=${encodeURIComponent(query)}`, {
          headers: { authorization: `Bearer ${world().tokens.annDeleting}` },
        });
      expect(await (await get('{ viewer { login } }')).json()).toEqual({
        data: { viewer: { login: 'ann' } },
      });
      const mutation = 'mutation { deletePackageVersion(input: {packageVersionId: "x"}) { success } }';
      expect((await get(mutation)).status).toBe(405);
    });
  });
}
