const nowhere = 'http://packhouse.invalid';

/**
 * Where a person goes after signing in: a path of this instance and nothing else, whatever was asked for. A browser reads
 * `//host`, `/\host` and `/<tab>/host` as other hosts, so the text is taken apart as a browser does it, and only the
 * parts that name a place here are put together again.
 */
export function readReturnPath(text: string | null | undefined): string {
  const isPath = typeof text === 'string' && text.length <= 2000 && text.startsWith('/');
  if (!isPath || !/^[\x21-\x7e]*$/.test(text) || text.includes('\\')) return '/';
  if (!URL.canParse(text, nowhere)) return '/';
  const { origin, pathname, search, hash } = new URL(text, nowhere);
  if (origin !== nowhere || pathname.startsWith('//')) return '/';
  return `${pathname}${search}${hash}`;
}
