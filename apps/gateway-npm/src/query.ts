/** The parameters of a request's query as text; of one that is repeated, the first. */
export function readQuery(query: unknown): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of Object.entries(query ?? {}) as [string, unknown][]) {
    const first: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof first === 'string') parameters.set(name, first);
  }
  return parameters;
}
