/**
 * What a version runs on, as its gateway wrote it: the property `platforms` is a JSON list of texts, of a version that
 * contains others; `platform` is one. Others have none, and what cannot be read shows none.
 */
export function platformsOf(properties: Readonly<Record<string, string>>): string[] {
  const { platforms, platform } = properties;
  if (platforms === undefined) return platform === undefined ? [] : [platform];
  try {
    const list: unknown = JSON.parse(platforms);
    return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}
