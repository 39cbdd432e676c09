/** What a format's `fileUrl` has places for. */
export interface FileNames {
  readonly owner: string;
  readonly name: string;
  readonly apiName: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
}

/**
 * Fills a format's `fileUrl`. Slashes of names stay, and the `@` before a scope; everything else is encoded, so that no
 * name leads to another path. Null for a name that has a dot or two as a step: clients would resolve it away.
 */
export function fileUrl(template: string, names: FileNames): string | null {
  const path = template.replace(/\{(\w+)\}/g, (_place, key: keyof FileNames) => encodePath(names[key]));
  return path.split('/').some((step) => step === '.' || step === '..') ? null : path;
}

function encodePath(text: string): string {
  return text
    .split('/')
    .map((step) => encodeURIComponent(step).replace(/^%40/, '@'))
    .join('/');
}
