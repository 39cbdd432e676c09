import { matchesPattern } from '@packhouse/kernel';

/** Whether a package name matches a pattern of a token: `*` stands for any run of characters, case does not matter. */
export function matchesName(pattern: string, name: string): boolean {
  return matchesPattern(pattern.toLowerCase(), name.toLowerCase());
}
