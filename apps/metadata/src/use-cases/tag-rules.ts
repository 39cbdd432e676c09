import { DomainError, matchesPattern } from '@packhouse/kernel';
import type { PackageState } from './package-state';

/** Refuses to take a tag from where it is, when the rules of the package say that it stays. */
export function checkTagStays({ name, immutableTags }: PackageState, tag: string): void {
  const pattern = immutableTags.find((candidate) => matchesPattern(candidate, tag));
  if (pattern === undefined) return;
  throw new DomainError(
    'forbidden',
    `The tag "${tag}" of "${name}" is immutable by the rule "${pattern}": it stays on the version it is on. ` +
      'Use another tag, or have an administrator of the package change its tag rules.',
    { tag, immutable: true, pattern },
  );
}
