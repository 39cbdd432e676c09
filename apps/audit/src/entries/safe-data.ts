const MOST_DEPTH = 6;
const MOST_TEXT = 2000;
const MOST_ITEMS = 200;

/** Names of members that could hold what nobody may read; ids and kinds of tokens are not among them. */
const secretNames =
  /password|secret|hash|otp|credential|privatekey|recoverycode|^token$|tokentext|authorization/i;

/** What an event says, without secrets and within limits: events are written by people who may not think of the log. */
export function safeData(payload: unknown): Record<string, unknown> {
  const data = clean(payload, 0);
  return typeof data === 'object' && data !== null && !Array.isArray(data)
    ? (data as Record<string, unknown>)
    : { value: data };
}

function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '').slice(0, MOST_TEXT);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MOST_DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map((item) => clean(item, depth + 1));
  const members = Object.entries(value)
    .filter(([name]) => !secretNames.test(name))
    .slice(0, MOST_ITEMS);
  return Object.fromEntries(members.map(([name, member]) => [name, clean(member, depth + 1)]));
}
