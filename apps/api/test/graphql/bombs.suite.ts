import { waitUntil } from '@packhouse/testing';
import type { GraphqlWorld } from './graphql-world';

interface Answer {
  readonly data?: unknown;
  readonly errors?: ReadonlyArray<{ readonly type?: string; readonly message: string }>;
}

/** Queries that are small and ask for much: each is refused before anything is read, or costs as little as it returns. */
export function describeBombs(world: () => GraphqlWorld): void {
  const repeat = (count: number, part: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => part(index)).join(' ');

  async function ask(query: string, variables?: unknown): Promise<{ status: number; answer: Answer }> {
    const response = await world().post(JSON.stringify({ query, variables }));
    return { status: response.status, answer: (await response.json()) as Answer };
  }

  /** What is refused: by its type, or by the sentence where GraphQL itself refuses it. */
  async function refusalOf(query: string, variables?: unknown): Promise<string> {
    const { answer } = await ask(query, variables);
    expect(answer.data).toBeUndefined();
    return answer.errors?.[0]?.type ?? answer.errors?.[0]?.message ?? '';
  }

  describe('bombs', () => {
    it.each([
      ['a thousand aliases', (): string => `{ ${repeat(1001, (index) => `a${index}: __typename`)} }`],
      [
        'fragments that double with each level',
        (): string =>
          `{ viewer { ...f0 } } ${repeat(40, (level) => `fragment f${level} on User { ...f${level + 1} ...f${level + 1} }`)} fragment f40 on User { login }`,
      ],
      [
        'deep nesting',
        (): string =>
          `{ viewer { ${'repository(name: "x") { owner { '.repeat(12)}login${' } }'.repeat(12)} } }`,
      ],
    ])('by %s are refused', async (_what, query) => {
      await expect(refusalOf(query())).resolves.toBe('RESOURCE_LIMITS_EXCEEDED');
    });

    it('by circles of fragments, by introspection and by words without end are refused', async () => {
      const circle = '{ viewer { ...a } } fragment a on User { ...b } fragment b on User { ...a }';
      await expect(refusalOf(circle)).resolves.toMatch(/Cannot spread fragment "a" within itself via "b"/);
      const self = '{ viewer { ...a } } fragment a on User { repository(name: "x") { owner { ...a } } }';
      await expect(refusalOf(self)).resolves.toMatch(/Cannot spread fragment "a" within itself/);
      const types = `{ __schema { types { ${'fields { type { '.repeat(5)}name${' } }'.repeat(5)} } } }`;
      await expect(refusalOf(types)).resolves.toMatch(/Maximum introspection depth exceeded/);
      await expect(refusalOf(`{ viewer { ${'login '.repeat(6000)} } }`)).resolves.toMatch(/5000 tokens/);
      await expect(refusalOf('{a'.repeat(4000))).resolves.toMatch(/5000 tokens|nested too deeply/);
    });

    it('by huge lists, in the query as in the variables, are refused', async () => {
      const ids = Array.from({ length: 2000 }, () => 'x');
      const nodes = 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }';
      const { answer } = await ask(nodes, { ids });
      expect(answer.errors?.[0]?.type).toBe('ARGUMENT_LIMIT');
      const names = 'query($names: [String]) { viewer { packages(first: 1, names: $names) { totalCount } } }';
      expect((await ask(names, { names: ids })).answer.errors?.[0]?.type).toBe('ARGUMENT_LIMIT');
      const most = repeat(
        6,
        (index) => `a${index}: packages(first: 100) { nodes { versions(first: 100) { totalCount } } }`,
      );
      await expect(refusalOf(`{ organization(login: "acme") { ${most} } }`)).resolves.toBe(
        'MAX_NODE_LIMIT_EXCEEDED',
      );
      const large = await ask(names, { names: ['x'.repeat(150_000)] });
      expect(large.status).toBe(413);
    });

    it('by lists of queries are refused, however short they are', async () => {
      const one = { query: '{ viewer { login } }' };
      for (const many of [[one], Array.from({ length: 1000 }, () => one), [], [[one]]])
        expect((await world().post(JSON.stringify(many))).status).toBe(400);
    });

    it('by variables that nest or name prototypes change nothing', async () => {
      const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
      const query = '{ viewer { login } }';
      const nested = await world().post(`{"query":"${query}","variables":{"x":${deep}}}`);
      expect(nested.status).toBeLessThan(500);
      const polluting = await world().post(
        `{"query":"${query}","variables":{"__proto__":{"first":1},"constructor":{"prototype":{"x":1}}}}`,
      );
      expect(polluting.status).toBeLessThan(500);
      expect(await (await world().post(JSON.stringify({ query }))).json()).toEqual({
        data: { viewer: { login: 'ann' } },
      });
    });

    it('of changes cost a point for each', async () => {
      const change = (index: number): string =>
        `a${index}: deletePackageVersion(input: {packageVersionId: "x${index}"}) { success }`;
      const used = async (): Promise<number> => {
        const { answer } = await ask('{ rateLimit { used } }');
        return (answer.data as { rateLimit: { used: number } }).rateLimit.used;
      };
      const before = await used();
      await ask(`mutation { ${repeat(30, change)} }`);
      // Replicas tell each other of what they counted within a moment.
      await waitUntil('The changes are counted', async () => (await used()) >= before + 30);
    });
  });
}
