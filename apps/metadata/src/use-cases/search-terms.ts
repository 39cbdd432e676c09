/** What search looks at; all in lower case. */
export interface SearchTerms {
  readonly name: string;
  /** Name, description and keywords, one after another. */
  readonly text: string;
  readonly keywords: readonly string[];
}

const MAX_DESCRIPTION = 2000;
const MAX_KEYWORDS = 100;
const MAX_KEYWORD = 100;
const MAX_WORDS = 10;

/** Gathers the words by which a package is found. */
export function describeForSearch(name: string, properties: Readonly<Record<string, string>>): SearchTerms {
  const shown = new Map(Object.entries(properties));
  const keywords = readKeywords(shown.get('keywords'));
  const lowerName = name.toLowerCase();
  const description = (shown.get('description') ?? '').slice(0, MAX_DESCRIPTION).toLowerCase();
  return { name: lowerName, text: [lowerName, description, ...keywords].join('\n'), keywords };
}

/** Words that must all be found; more than a person would type are left out. */
export function searchWords(text: string): string[] {
  return [...new Set(text.toLowerCase().split(/\s+/u))].filter((word) => word !== '').slice(0, MAX_WORDS);
}

/** Keywords as packages bring them: a JSON list of texts; anything else counts as none. */
function readKeywords(json: string | undefined): string[] {
  if (json === undefined) return [];
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  const words = list.filter((word): word is string => typeof word === 'string' && word.trim() !== '');
  return [...new Set(words.map(normaliseKeyword))].slice(0, MAX_KEYWORDS);
}

/** The form in which keywords are compared. NUL and lone surrogates can hide in JSON escapes; Postgres takes neither. */
export function normaliseKeyword(word: string): string {
  return toStorableText(word.trim().toLowerCase().slice(0, MAX_KEYWORD));
}

/** Replaces what Postgres cannot store: NUL, and halves of a surrogate pair. */
export function toStorableText(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\uFFFD');
}
