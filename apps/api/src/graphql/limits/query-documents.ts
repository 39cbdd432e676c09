import { sha256Hex } from '@packhouse/kernel';
import {
  GraphQLError,
  Kind,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { checkDocumentLimits, type DocumentLimits } from './document-limits';

/** A query that may run. */
export interface QueryDocument {
  readonly document: DocumentNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

export interface QueryDocumentLimits extends DocumentLimits {
  readonly maxTokens: number;
}

const MAX_CACHED = 500;
const MAX_FAULTS = 10;
/** A query text beyond this is parsed each time: the cache must not become a place to fill memory. */
const MAX_CACHED_LENGTH = 20_000;

/** Why a query is not one, as GraphQL says it. */
export class InvalidQuery extends Error {
  constructor(readonly faults: readonly GraphQLError[]) {
    super(faults[0]?.message);
    this.name = 'InvalidQuery';
  }
}

/** Parses, measures and validates queries; those that are asked again are found by the hash of their text. */
export class QueryDocuments {
  private readonly known = new LRUCache<string, QueryDocument>({ max: MAX_CACHED });

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly limits: QueryDocumentLimits,
  ) {}

  /** Rejects {@link InvalidQuery}, or `GraphError` for a query that is too large. */
  read(text: string): QueryDocument {
    if (text.length > MAX_CACHED_LENGTH) return this.check(text);
    const key = sha256Hex(text);
    const known = this.known.get(key);
    if (known) return known;
    const checked = this.check(text);
    this.known.set(key, checked);
    return checked;
  }

  private check(text: string): QueryDocument {
    const document = this.parse(text);
    checkDocumentLimits(document, this.limits);
    const faults = validate(this.schema, document, specifiedRules, {
      maxErrors: MAX_FAULTS,
    });
    if (faults.length > 0) throw new InvalidQuery(faults);
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of document.definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    return { document, fragments };
  }

  private parse(text: string): DocumentNode {
    try {
      return parse(text, { maxTokens: this.limits.maxTokens });
    } catch (error) {
      if (error instanceof GraphQLError) throw new InvalidQuery([error]);
      // Nesting beyond what the parser's recursion takes; the limit on tokens is meant to come first.
      throw new InvalidQuery([new GraphQLError('The query is nested too deeply to be read.')]);
    }
  }
}
