import { writeCursor, type PageSlice } from './page-arguments';

/** A page as GraphQL clients read it; `totalCount` is counted only where it is asked for. */
export interface Connection<T> {
  readonly nodes: readonly T[];
  readonly edges: ReadonlyArray<{ readonly cursor: string; readonly node: T }>;
  readonly pageInfo: {
    readonly startCursor: string | null;
    readonly endCursor: string | null;
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
  };
  readonly totalCount: () => number | Promise<number>;
}

/** Makes the page of what was found for a slice; `isMore`: there is more in the direction that was read. */
export function toConnection<T, P>(
  found: { readonly items: readonly T[]; readonly isMore: boolean },
  slice: PageSlice<P>,
  positionOf: (item: T) => P,
  totalCount: Connection<T>['totalCount'],
): Connection<T> {
  const items = found.items.slice(0, slice.size);
  const isMore = found.isMore || items.length < found.items.length;
  const nodes = slice.backwards ? items.reverse() : items;
  const edges = nodes.map((node) => ({ cursor: writeCursor(positionOf(node)), node }));
  return {
    nodes,
    edges,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges[edges.length - 1]?.cursor ?? null,
      hasNextPage: slice.backwards ? slice.hasBefore : isMore,
      hasPreviousPage: slice.backwards ? isMore : slice.hasAfter,
    },
    totalCount,
  };
}
