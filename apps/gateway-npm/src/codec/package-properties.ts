import { KB } from '@packhouse/kernel';
import { isObject, memberOf, textOf, type JsonObject } from './json-values';
import { clipText, type TarballFacts } from './tarball-contents';

/** What the npm client writes when a package has no README. */
const missingReadme = 'ERROR: No README data found!';
const maxDescriptionBytes = 4 * KB;
const maxTextBytes = KB;
/** Each JSON property on its own; a longer one says nothing that people would read. */
const maxJsonBytes = 8 * KB;
const maxKeywords = 50;

/**
 * The facts about a package that this version brings (A3.1, hoisted fields): plain text, or JSON for `keywords`,
 * `repository`, `author`, `contributors` and `bugs`. What is malformed or out of proportion is left out.
 */
export function readProperties(
  manifest: JsonObject,
  document: JsonObject,
  facts: TarballFacts,
): Record<string, string> {
  const readme = readReadme(manifest, document, facts);
  const license = memberOf(manifest, 'license');
  const candidates: readonly (readonly [string, string | undefined])[] = [
    ['description', clip(textOf(manifest, 'description'), maxDescriptionBytes)],
    ['homepage', shortText(textOf(manifest, 'homepage'))],
    ['license', shortText(isObject(license) ? textOf(license, 'type') : textOf(manifest, 'license'))],
    ['readme', readme],
    [
      'readmeFilename',
      readme === undefined
        ? undefined
        : shortText(textOf(manifest, 'readmeFilename') ?? facts.readmeFilename ?? 'README.md'),
    ],
    ['keywords', json(readKeywords(memberOf(manifest, 'keywords')))],
    ['repository', json(textOrObject(memberOf(manifest, 'repository')))],
    ['author', json(textOrObject(memberOf(manifest, 'author')))],
    ['contributors', json(listOf(memberOf(manifest, 'contributors')))],
    ['bugs', json(textOrObject(memberOf(manifest, 'bugs')))],
  ];
  return Object.fromEntries(
    candidates.filter((entry): entry is readonly [string, string] => entry[1] !== undefined),
  );
}

function readReadme(manifest: JsonObject, document: JsonObject, facts: TarballFacts): string | undefined {
  const sent = [textOf(manifest, 'readme'), textOf(document, 'readme')].find(
    (text) => text && text !== missingReadme,
  );
  const readme = clip(sent ?? facts.readme ?? undefined);
  return readme === '' ? undefined : readme;
}

function readKeywords(value: unknown): string[] | undefined {
  const words = Array.isArray(value) ? value : typeof value === 'string' ? value.split(/[\s,]+/) : [];
  const valid = words.filter(
    (word): word is string => typeof word === 'string' && word.trim() !== '' && word.length <= 100,
  );
  return valid.length === 0 ? undefined : valid.slice(0, maxKeywords).map((word) => word.trim());
}

function textOrObject(value: unknown): unknown {
  return typeof value === 'string' || isObject(value) ? value : undefined;
}

function listOf(value: unknown): unknown {
  return Array.isArray(value) && value.length > 0 ? value : undefined;
}

function json(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value);
  return text.length <= maxJsonBytes ? text : undefined;
}

function shortText(text: string | undefined): string | undefined {
  return text !== undefined && text.length <= maxTextBytes ? clip(text) : undefined;
}

/** Databases cannot hold the NUL character in text. */
function clip(text: string | undefined, limit?: number): string | undefined {
  return text === undefined ? undefined : clipText(Buffer.from(text.replaceAll('\0', '')), limit);
}
