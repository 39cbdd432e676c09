/**
 * What a version runs on, as its gateway wrote it: the property `platforms` of a version that contains others is a JSON
 * list of texts, or of objects with a text `platform`; the property `platform` is one text. Others have none, and what
 * cannot be read shows none.
 */
export function platformsOf(properties: Readonly<Record<string, string>>): string[] {
  const { platforms, platform } = properties;
  if (platforms === undefined) return platform === undefined ? [] : [platform];
  try {
    const list: unknown = JSON.parse(platforms);
    return Array.isArray(list) ? list.flatMap(textOf) : [];
  } catch {
    return [];
  }
}

function textOf(entry: unknown): string[] {
  if (typeof entry === 'string') return [entry];
  const platform = (entry as { readonly platform?: unknown } | null)?.platform;
  return typeof platform === 'string' ? [platform] : [];
}
