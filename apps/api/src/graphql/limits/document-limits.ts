import { Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';
import { GraphError } from '../graph-error';

/** How large a query may be before anything is looked up for it. */
export interface DocumentLimits {
  /** Fields, with every fragment counted wherever it is spread. */
  readonly maxFields: number;
  readonly maxDepth: number;
}

interface Size {
  readonly fields: number;
  readonly depth: number;
}

const nothing: Size = { fields: 0, depth: 0 };

/**
 * Rejects queries that are small to send and large to work on: fragments that spread each other, many aliases of one
 * field, nesting. Each fragment is measured once, so that the measuring itself costs what the text is long. It comes
 * before validation, whose rules compare fields with each other.
 */
export function checkDocumentLimits(document: DocumentNode, limits: DocumentLimits): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const measure = createMeasure(fragments);
  let fields = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION)
      continue;
    const size = measure(definition.selectionSet);
    fields += size.fields;
    if (fields > limits.maxFields)
      throw new GraphError(
        'RESOURCE_LIMITS_EXCEEDED',
        `The query selects more than ${limits.maxFields} fields, fragments counted wherever they are spread: ask for less at once.`,
      );
    if (size.depth > limits.maxDepth)
      throw new GraphError(
        'RESOURCE_LIMITS_EXCEEDED',
        `The query is nested deeper than ${limits.maxDepth} levels: ask in several queries.`,
      );
  }
}

function createMeasure(
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): (selections: SelectionSetNode | undefined) => Size {
  // A fragment that is being measured counts as nothing inside itself: validation refuses such circles.
  const measured = new Map<string, Size>();
  const measureFragment = (name: string): Size => {
    const known = measured.get(name);
    if (known) return known;
    measured.set(name, nothing);
    const size = measure(fragments.get(name)?.selectionSet);
    measured.set(name, size);
    return size;
  };
  const measure = (selections: SelectionSetNode | undefined): Size => {
    let fields = 0;
    let depth = 0;
    for (const selection of selections?.selections ?? []) {
      const isField = selection.kind === Kind.FIELD;
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? measureFragment(selection.name.value)
          : measure(selection.selectionSet);
      fields += inner.fields + (isField ? 1 : 0);
      depth = Math.max(depth, inner.depth + (isField ? 1 : 0));
    }
    return { fields, depth };
  };
  return measure;
}
