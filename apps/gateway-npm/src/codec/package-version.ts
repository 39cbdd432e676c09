import { DomainError } from '@packhouse/kernel';
import { parse, validRange, type SemVer } from 'semver';

/** A version number and the two keys by which the registry compares it. */
export interface PackageVersion {
  /** Exactly as published: clients compare version keys literally. */
  readonly version: string;
  /** Without build metadata: versions that differ only there are the same version (A1.4). */
  readonly identity: string;
  /** Text whose bytewise order is the order of precedence. */
  readonly sortKey: string;
}

const maxVersionLength = 256;
const maxTagLength = 128;
const strictSemver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
const pollutingTags: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Reads a version strictly: SemVer 2.0, at most 256 characters, no number above 2^53-1. */
export function parseVersion(raw: unknown): PackageVersion {
  const version = typeof raw === 'string' ? raw : '';
  const parsed = version.length <= maxVersionLength && strictSemver.test(version) ? parse(version) : null;
  if (parsed === null || hasUnsafeNumber(version)) {
    const shown = version.slice(0, 60).replace(/[^\x20-\x7e]/g, '?');
    throw new DomainError(
      'invalid_package',
      `"${shown}" is not a version: use SemVer such as 1.2.3 or 2.0.0-rc.1, at most ${maxVersionLength} characters.`,
      { field: 'version' },
    );
  }
  return { version, identity: parsed.version, sortKey: sortKeyOf(parsed) };
}

/**
 * Checks the name of a tag: URL-safe, not a version or a range (`npm install x@TAG` would never reach it), and none
 * of the keys with which documents poison the objects of careless readers.
 */
export function checkTag(tag: string): void {
  const fault = findTagFault(tag);
  if (fault === null) return;
  const shown = tag.slice(0, 60).replace(/[^\x20-\x7e]/g, '?');
  throw new DomainError('invalid_request', `"${shown}" cannot be a tag: ${fault}.`, { field: 'dist-tags' });
}

function findTagFault(tag: string): string | null {
  if (tag.length === 0 || tag.length > maxTagLength) return `use 1 to ${maxTagLength} characters`;
  if (pollutingTags.has(tag)) return 'the word is reserved';
  if (!/^[A-Za-z0-9\-_.!~*'()]+$/.test(tag) || tag.startsWith('.'))
    return 'use letters, digits and - _ . only';
  if (validRange(tag, { loose: true }) !== null) return 'it reads as a version range';
  return null;
}

function hasUnsafeNumber(version: string): boolean {
  const [, core = '', prerelease = ''] = /^([^-+]*)(?:-([^+]*))?/.exec(version) ?? [];
  const numbers = [...core.split('.'), ...prerelease.split('.')].filter((part) => /^\d+$/.test(part));
  return numbers.some((part) => !Number.isSafeInteger(Number(part)));
}

/**
 * Numbers carry their length first, so that text order is numeric order. After the three numbers, `~` marks a
 * release and sorts after every pre-release. Identifiers start with `#` (number) or `$` (text), and `!` ends the
 * list: all three are below every character of an identifier, so that the shorter of two equal beginnings is first.
 */
function sortKeyOf(version: SemVer): string {
  const release = [version.major, version.minor, version.patch].map(numberKey).join('');
  if (version.prerelease.length === 0) return `${release}~`;
  const identifiers = version.prerelease.map((part) =>
    typeof part === 'number' ? `#${numberKey(part)}` : identifierKey(part),
  );
  return `${release}${identifiers.join('')}!`;
}

/** The parser leaves the largest safe number as text. */
function identifierKey(part: string): string {
  return /^\d+$/.test(part) ? `#${numberKey(Number(part))}` : `$${part}`;
}

function numberKey(value: number): string {
  const digits = String(value);
  return String.fromCharCode(96 + digits.length) + digits;
}
