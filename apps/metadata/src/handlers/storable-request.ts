import { toStorableText } from '../use-cases/search-terms';

/**
 * A copy of a request whose texts Postgres can take: it knows neither NUL nor lone halves of a surrogate pair, and
 * a client may send both. They become U+FFFD, so that a read finds nothing and a write stores what can be shown.
 */
export function storable<T>(value: T): T {
  return clean(value) as T;
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return toStorableText(value);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  // fromEntries defines every key as a property of its own, `__proto__` included.
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [toStorableText(key), clean(inner)]));
}
