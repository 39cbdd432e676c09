/**
 * Whether `text` is what `pattern` describes, from its first to its last character: `*` stands for any run of
 * characters, none included; everything else for itself. Costs at most the product of the two lengths, whatever the
 * pattern: it comes from people and is never made a regular expression.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let inText = 0;
  let star = -1;
  let afterStar = 0;
  while (inText < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      afterStar = inText;
    } else if (at < pattern.length && pattern[at] === text[inText]) {
      at++;
      inText++;
    } else if (star >= 0) {
      // The run of the last star takes one character more.
      at = star + 1;
      inText = ++afterStar;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
