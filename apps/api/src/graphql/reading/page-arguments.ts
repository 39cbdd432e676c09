import { z } from 'zod';
import { GraphError } from '../graph-error';
import { MAX_PAGE } from '../limits/node-count';

/** Arguments of every connection, as GraphQL gives them. */
export interface PageArguments {
  readonly after?: string | null;
  readonly before?: string | null;
  readonly first?: number | null;
  readonly last?: number | null;
  readonly orderBy?: { readonly direction?: 'ASC' | 'DESC' | null } | null;
}

/** The part of a list to read: forwards from `after`, or backwards from `before` and then turned round. */
export interface PageSlice<P> {
  readonly backwards: boolean;
  /** What was asked for; may be 0. */
  readonly size: number;
  readonly hasAfter: boolean;
  readonly hasBefore: boolean;
  readonly scan: {
    readonly descending: boolean;
    readonly after: P | null;
    readonly before: P | null;
    readonly limit: number;
  };
}

/** Checks the arguments of a connection by GitHub's rules: `first` or `last`, 100 at most, cursors that a page gave. */
export function readPageArguments<P>(
  field: string,
  args: PageArguments,
  position: z.ZodType<P>,
  byDefault: 'ASC' | 'DESC',
): PageSlice<P> {
  const size = readSize(field, args);
  const backwards = args.first === null || args.first === undefined;
  const isDescending = (args.orderBy?.direction ?? byDefault) === 'DESC';
  const after = readCursor(args.after, position);
  const before = readCursor(args.before, position);
  return {
    backwards,
    size,
    hasAfter: after !== null,
    hasBefore: before !== null,
    scan: {
      descending: isDescending !== backwards,
      after: backwards ? before : after,
      before: backwards ? after : before,
      limit: Math.max(1, size),
    },
  };
}

function readSize(field: string, { first, last }: PageArguments): number {
  const hasFirst = typeof first === 'number';
  const hasLast = typeof last === 'number';
  if (!hasFirst && !hasLast)
    throw new GraphError(
      'MISSING_PAGINATION_BOUNDARIES',
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${field}\` connection.`,
    );
  if (hasFirst && hasLast)
    throw new GraphError(
      'EXCESSIVE_PAGINATION',
      `Passing both \`first\` and \`last\` to paginate the \`${field}\` connection is not supported.`,
    );
  const [name, size] = hasFirst ? ['first', first] : ['last', last ?? 0];
  if (size < 0)
    throw new GraphError(
      'EXCESSIVE_PAGINATION',
      `\`${name}\` on the \`${field}\` connection cannot be less than zero.`,
    );
  if (size > MAX_PAGE)
    throw new GraphError(
      'EXCESSIVE_PAGINATION',
      `Requesting ${size} records on the \`${field}\` connection exceeds the \`${name}\` limit of ${MAX_PAGE} records.`,
    );
  return size;
}

/** Opaque text for a place in a list. */
export function writeCursor(position: unknown): string {
  return Buffer.from(`cursor:${JSON.stringify(position)}`).toString('base64');
}

function readCursor<P>(cursor: string | null | undefined, position: z.ZodType<P>): P | null {
  if (cursor === null || cursor === undefined) return null;
  const text = Buffer.from(cursor, 'base64').toString('utf8');
  try {
    if (cursor.length > 4000 || !text.startsWith('cursor:')) throw new Error('not a cursor');
    return position.parse(JSON.parse(text.slice('cursor:'.length)));
  } catch {
    throw new GraphError(
      'INVALID_CURSOR_ARGUMENTS',
      `\`${cursor.slice(0, 100)}\` does not appear to be a valid cursor.`,
    );
  }
}
