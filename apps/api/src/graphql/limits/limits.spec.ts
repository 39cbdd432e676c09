import { performance } from 'node:perf_hooks';
import { getOperationAST, Kind, parse, type FragmentDefinitionNode } from 'graphql';
import { GraphError } from '../graph-error';
import { createGraphSchema } from '../schema/graph-schema';
import { checkDocumentLimits } from './document-limits';
import { countNodes } from './node-count';
import { InvalidQuery, QueryDocuments } from './query-documents';

const limits = { maxTokens: 5000, maxFields: 1000, maxDepth: 20 };

function refusalOf(query: string): string {
  try {
    checkDocumentLimits(parse(query), limits);
    return '';
  } catch (error) {
    return error instanceof GraphError ? `${error.type}: ${error.message}` : String(error);
  }
}

/** Runs within a time that only an algorithm of the right order keeps: milliseconds, where the others take for ever. */
function quickly<T>(work: () => T): T {
  const started = performance.now();
  const value = work();
  expect(performance.now() - started).toBeLessThan(20_000);
  return value;
}

describe('limits of a document', () => {
  it('let an ordinary query through', () => {
    expect(
      refusalOf(
        '{ viewer { packages(first: 10) { nodes { ...p } } } } fragment p on Package { name versions(first: 5) { nodes { version } } }',
      ),
    ).toBe('');
  });

  it('count a fragment wherever it is spread, in time that does not grow with what it expands to', () => {
    const levels = Array.from(
      { length: 60 },
      (_, level) => `fragment f${level} on User { ...f${level + 1} ...f${level + 1} }`,
    );
    const bomb = `{ viewer { ...f0 } } ${levels.join(' ')} fragment f60 on User { login }`;
    expect(quickly(() => refusalOf(bomb))).toMatch(/^RESOURCE_LIMITS_EXCEEDED: .*more than 1000 fields/);
  });

  it('end at fragments that spread each other, and leave saying so to validation', () => {
    const circle = '{ viewer { ...a } } fragment a on User { login ...b } fragment b on User { name ...a }';
    expect(quickly(() => refusalOf(circle))).toBe('');
    expect(() => new QueryDocuments(createGraphSchema([]), limits).read(circle)).toThrow(InvalidQuery);
  });

  it('refuse a thousand aliases of one field', () => {
    const aliases = Array.from({ length: 1001 }, (_, index) => `a${index}: viewer { login }`).join(' ');
    expect(refusalOf(`{ ${aliases} }`)).toMatch(/more than 1000 fields/);
  });

  it('refuse deep nesting, in fields as in fragments', () => {
    const nested = (depth: number) =>
      `${'{ viewer '.repeat(depth)}${'}'.repeat(depth)}`.replace('viewer }', 'viewer { login } }');
    expect(refusalOf(nested(10))).toBe('');
    expect(refusalOf(nested(30))).toMatch(/deeper than 20 levels/);
    const chain = Array.from(
      { length: 30 },
      (_, level) => `fragment f${level} on User { x { ...f${level + 1} } }`,
    );
    expect(refusalOf(`{ viewer { ...f0 } } ${chain.join(' ')} fragment f30 on User { login }`)).toMatch(
      /deeper than 20 levels/,
    );
  });

  it('count operations that are not run, too: they are validated like the others', () => {
    const many = Array.from({ length: 501 }, (_, index) => `query q${index} { a: viewer { login } }`).join(
      ' ',
    );
    expect(refusalOf(many)).toMatch(/more than 1000 fields/);
  });
});

describe('query documents', () => {
  const documents = new QueryDocuments(createGraphSchema([]), limits);
  const faultsOf = (query: string): string[] => {
    try {
      documents.read(query);
      return [];
    } catch (error) {
      if (error instanceof InvalidQuery) return error.faults.map(({ message }) => message);
      throw error;
    }
  };

  it('are parsed once for the same text', () => {
    const query = '{ viewer { login } }';
    expect(documents.read(query)).toBe(documents.read(query));
  });

  it('refuse more signs than the limit, before they are kept', () => {
    expect(quickly(() => faultsOf(`{ viewer { ${'login '.repeat(200_000)} } }`))).toEqual([
      expect.stringContaining('contains more that 5000 tokens') as unknown,
    ]);
  });

  it('refuse brackets without end', () => {
    expect(quickly(() => faultsOf('{a'.repeat(100_000)))).toHaveLength(1);
    expect(quickly(() => faultsOf(`{ viewer(x: ${'['.repeat(100_000)}`))).toHaveLength(1);
  });

  it('refuse many fields of one name, whose comparison with each other would take long', () => {
    expect(() => quickly(() => documents.read(`{ viewer { ${'login '.repeat(4000)} } }`))).toThrow(
      GraphError,
    );
  });

  it('allow introspection, and refuse the one that explodes', () => {
    expect(faultsOf('{ __schema { types { name fields { name type { name } } } } }')).toEqual([]);
    expect(
      faultsOf(
        '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
      ),
    ).toEqual([expect.stringContaining('Maximum introspection depth exceeded') as unknown]);
  });

  it('say what is wrong, at most ten times', () => {
    expect(faultsOf('{ zzzzzz }')).toEqual(['Cannot query field "zzzzzz" on type "Query".']);
    const wrong = Array.from({ length: 50 }, (_, index) => `a${index}: nonsense`).join(' ');
    expect(faultsOf(`{ ${wrong} }`).length).toBeLessThanOrEqual(11);
  });
});

describe('the node count', () => {
  const count = (query: string, variables: Record<string, unknown> = {}, maxNodes = 500_000) => {
    const document = parse(query);
    const fragments = new Map(
      document.definitions
        .filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION)
        .map((one) => [one.name.value, one]),
    );
    return countNodes({ operation: getOperationAST(document)!, fragments, variables }, maxNodes);
  };

  it('is the product of the page sizes, as in the example of GitHub’s documentation', () => {
    const query = `query($n: Int) { viewer { packages(first: 50) { nodes {
      versions(last: $n) { nodes { files(first: 10) { nodes { name } } } } } } } }`;
    expect(count(query, { n: 20 })).toEqual({ nodeCount: 50 + 50 * 20 + 50 * 20 * 10, points: 11 });
  });

  it('takes a point for every change, and one for a hundred fields that the query begins with', () => {
    const many = (count: number, field: string) =>
      Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ');
    const remove = 'deletePackageVersion(input: {packageVersionId: "x"}) { success }';
    expect(count(`mutation { ${remove} }`).points).toBe(1);
    expect(count(`mutation { ${many(20, remove)} }`).points).toBe(20);
    expect(count(`mutation { ...m } fragment m on Mutation { ${many(3, remove)} }`).points).toBe(3);
    expect(count(`{ ${many(10, 'user(login: "x") { login }')} }`).points).toBe(1);
    expect(count(`{ ${many(400, 'user(login: "x") { login }')} }`).points).toBe(4);
  });

  it('sees through fragments and variables, and counts the ids of nodes', () => {
    const query = `query($ids: [ID!]!) { nodes(ids: $ids) { ...p } } fragment p on Package { versions(first: 100) { nodes { id } } }`;
    expect(count(query, { ids: ['a', 'b', 'c'] }).nodeCount).toBe(3 + 300);
  });

  it('refuses before anything is read', () => {
    const query = `{ viewer { packages(first: 100) { nodes { versions(first: 100) { nodes { files(first: 100) { nodes { name } } } } } } } }`;
    expect(() => count(query)).toThrow(
      expect.objectContaining({
        type: 'MAX_NODE_LIMIT_EXCEEDED',
        message: expect.stringContaining('requests up to 1010100 possible nodes') as unknown,
      }) as Error,
    );
    expect(() => count('{ viewer { packages(first: 11) { totalCount } } }', {}, 10)).toThrow(GraphError);
  });
});
