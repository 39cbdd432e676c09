import { objectOf } from './json-values';

/** A search as npm's text says it: plain words and qualifiers; unknown qualifiers are left out (A3.5). */
export interface SearchText {
  readonly text: string;
  readonly owners: readonly string[];
  /** All groups must match; within a group one keyword is enough (`a,b` is or, `a+b` is and). */
  readonly keywords: string[][];
}

export function readSearchText(text: string): SearchText {
  const words: string[] = [];
  const owners: string[] = [];
  const keywords: string[][] = [];
  for (const part of text
    .slice(0, 500)
    .split(/\s+/)
    .filter((word) => word !== '')) {
    const [, qualifier, value] =
      /^(scope|author|maintainer|keywords|not|is|boost-exact):(.*)$/.exec(part) ?? [];
    if (qualifier === undefined || value === undefined) words.push(part);
    else if (qualifier === 'keywords')
      keywords.push(
        ...value
          .split('+')
          .map((group) => group.split(',').filter((word) => word !== ''))
          .filter((group) => group.length > 0),
      );
    else if (qualifier === 'scope' || qualifier === 'author' || qualifier === 'maintainer')
      owners.push(value.replace(/^@/, ''));
  }
  return { text: words.join(' '), owners, keywords: keywords.slice(0, 20) };
}

interface Hit {
  readonly package: { readonly name: string; readonly updatedAt: string };
  readonly properties: Readonly<Record<string, string>>;
  readonly latest: {
    readonly version: string;
    readonly publishedAt: string;
    readonly properties: Readonly<Record<string, string>>;
  } | null;
  readonly score: number;
}

/** One result. npm crashes without a `maintainers` array of objects with `username`. */
export function describeHit(hit: Hit): object {
  const { name, updatedAt } = hit.package;
  const publisher = {
    username: hit.latest?.properties['publisher'] ?? name.slice(1, name.indexOf('/')),
    email: '',
  };
  const author = parseJson(hit.properties['author']);
  const repository = objectOf(parseJson(hit.properties['repository']))['url'];
  return {
    package: {
      name,
      scope: name.slice(1, name.indexOf('/')),
      version: hit.latest?.version ?? '',
      description: hit.properties['description'] ?? '',
      keywords: stringsOf(parseJson(hit.properties['keywords'])),
      date: hit.latest?.publishedAt ?? updatedAt,
      links: {
        homepage: hit.properties['homepage'],
        repository: typeof repository === 'string' ? repository : undefined,
      },
      ...(author !== undefined && { author }),
      publisher,
      maintainers: [publisher],
    },
    score: {
      final: hit.score,
      detail: { quality: hit.score, popularity: hit.score, maintenance: hit.score },
    },
    searchScore: hit.score,
    flags: { unstable: hit.latest?.version.startsWith('0.') ?? false },
  };
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((word): word is string => typeof word === 'string') : [];
}
