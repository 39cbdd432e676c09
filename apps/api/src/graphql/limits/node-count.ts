import {
  Kind,
  OperationTypeNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { GraphError } from '../graph-error';

/** Most elements of one connection, and most ids of one `nodes`. */
export const MAX_PAGE = 100;

/** What a query may cost, computed before it runs. */
export interface QueryCost {
  /** Elements that it may return at most: the product of the page sizes on the way to each connection. */
  readonly nodeCount: number;
  /**
   * Points as GitHub counts them: a hundredth of what has to be read (lists, and fields where the query begins), at least
   * one. Every change is a point.
   */
  readonly points: number;
}

interface CountedQuery {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Counts a query by the rules of GitHub's node limit; rejects one that asks for more than `maxNodes`. */
export function countNodes(query: CountedQuery, maxNodes: number): QueryCost {
  let nodeCount = 0;
  let lists = 0;
  const visit = (selections: SelectionSetNode | undefined, parents: number): void => {
    for (const selection of selections?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        visit(query.fragments.get(selection.name.value)?.selectionSet, parents);
        continue;
      }
      const size = selection.kind === Kind.FIELD ? pageSize(selection, query.variables) : null;
      if (size === null) {
        visit(selection.selectionSet, parents);
        continue;
      }
      lists += parents;
      nodeCount += parents * size;
      if (nodeCount > maxNodes)
        throw new GraphError(
          'MAX_NODE_LIMIT_EXCEEDED',
          `This query requests up to ${nodeCount} possible nodes which exceeds the maximum limit of ${maxNodes}: ask for fewer elements at a time.`,
        );
      visit(selection.selectionSet, parents * size);
    }
  };
  visit(query.operation.selectionSet, 1);
  const begun = countFields(query.operation.selectionSet, query.fragments);
  const points = query.operation.operation === OperationTypeNode.MUTATION ? begun : 0;
  return { nodeCount, points: Math.max(1, points + Math.round((lists + begun) / 100)) };
}

/** Fields where a query begins: each is looked up by itself, however many have the same name. */
function countFields(selections: SelectionSetNode, fragments: CountedQuery['fragments']): number {
  let count = 0;
  for (const selection of selections.selections) {
    if (selection.kind === Kind.FIELD) count += 1;
    else {
      const inner = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      count += inner ? countFields(inner.selectionSet, fragments) : 0;
    }
  }
  return count;
}

/** Elements that a field may give; null for one that is no list. Counts beyond a page are refused by the field itself. */
function pageSize(field: FieldNode, variables: Readonly<Record<string, unknown>>): number | null {
  for (const { name, value } of field.arguments ?? []) {
    if (name.value === 'ids') {
      const given = value.kind === Kind.VARIABLE ? variables[value.name.value] : value;
      const length = Array.isArray(given) ? given.length : value.kind === Kind.LIST ? value.values.length : 1;
      return Math.min(length, MAX_PAGE);
    }
    if (name.value !== 'first' && name.value !== 'last') continue;
    const given =
      value.kind === Kind.VARIABLE
        ? variables[value.name.value]
        : value.kind === Kind.INT
          ? Number(value.value)
          : null;
    if (typeof given === 'number') return Math.min(Math.max(0, given), MAX_PAGE);
  }
  return null;
}
