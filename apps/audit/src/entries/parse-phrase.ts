import { DAY } from '@packhouse/kernel';
import type { EntryCriteria, Wanted } from '../persistence/entry-conditions';

type Lists = 'actors' | 'actions' | 'owners' | 'repositories' | 'packages' | 'addresses' | 'words';
type Asked = Pick<EntryCriteria, Lists | 'from' | 'to'>;

const qualifiers: Readonly<Record<string, Lists>> = {
  actor: 'actors',
  action: 'actions',
  org: 'owners',
  user: 'owners',
  owner: 'owners',
  repo: 'repositories',
  package: 'packages',
  ip: 'addresses',
};

/**
 * A search as GitHub's audit log takes it: words, and `qualifier:value`, both with `-` before them for "not". Values with
 * blanks stand in quotes. `created:` takes a day or a time with `>`, `>=`, `<`, `<=`, or two of them with `..` between.
 */
export function parsePhrase(phrase: string): Asked {
  const lists: Record<Lists, Wanted[]> = {
    actors: [],
    actions: [],
    owners: [],
    repositories: [],
    packages: [],
    addresses: [],
    words: [],
  };
  let [from, to]: [string | null, string | null] = [null, null];
  for (const [, minus, name, quoted, plain] of phrase.matchAll(/(-?)(?:(\w+):)?(?:"([^"]*)"|(\S+))/g)) {
    const value = quoted ?? plain ?? '';
    const range = name === 'created' ? parseRange(value) : null;
    const list = name !== undefined && Object.hasOwn(qualifiers, name) ? qualifiers[name] : undefined;
    if (range) [from, to] = [range.from ?? from, range.to ?? to];
    else if (list) lists[list].push({ pattern: value, not: minus === '-' });
    else lists.words.push({ pattern: name === undefined ? value : `${name}:${value}`, not: minus === '-' });
  }
  return { ...lists, from, to };
}

interface TimeRange {
  readonly from: string | null;
  /** Exclusive. */
  readonly to: string | null;
}

function parseRange(text: string): TimeRange | null {
  const [one = '', other] = text.split('..', 2);
  if (other !== undefined) {
    const [from, to] = [parseTime(one), parseTime(other)];
    return from && to ? { from: from.begin, to: to.end } : null;
  }
  const [, sign = '', value = ''] = /^(>=|<=|>|<)?(.*)$/.exec(text) ?? [];
  const time = parseTime(value);
  if (!time) return null;
  const ranges: Record<string, TimeRange> = {
    '': { from: time.begin, to: time.end },
    '>=': { from: time.begin, to: null },
    '>': { from: time.end, to: null },
    '<=': { from: null, to: time.end },
    '<': { from: null, to: time.begin },
  };
  return ranges[sign] ?? null;
}

/** A day lasts a day, a time a millisecond. */
function parseTime(text: string): { begin: string; end: string } | null {
  if (!/^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d)?)?$/.test(text)) return null;
  const begin = Date.parse(text);
  if (Number.isNaN(begin)) return null;
  const length = text.length === 10 ? DAY : 1;
  return { begin: new Date(begin).toISOString(), end: new Date(begin + length).toISOString() };
}
