import { DomainError } from '@packhouse/kernel';
import { clean } from 'semver';
import { comparableManifest, readScripts, type ComparableManifest } from './comparable-manifest';
import { canonicalJson, memberOf, objectOf, textOf, type JsonObject } from './json-values';
import type { TarballFacts } from './tarball-contents';

/**
 * Refuses a manifest that says something else than the package.json in the tarball: people and scanners read the
 * one, installers act by the other (C1, manifest confusion). `devDependencies` and `license` may differ: no
 * installer acts by them, and some clients rewrite them.
 */
export function compareManifests(manifest: JsonObject, facts: TarballFacts): void {
  const packed = facts.manifest;
  compareIdentity(manifest, packed);
  const sent = comparableManifest(manifest);
  const inside = comparableManifest(packed);
  for (const [field, value] of inside) {
    if (sent.get(field) === value || isKnownDifference(field, manifest, facts, sent)) continue;
    throw mismatch(field);
  }
}

function compareIdentity(manifest: JsonObject, packed: JsonObject): void {
  if (textOf(packed, 'name')?.trim() !== textOf(manifest, 'name')) throw mismatch('name');
  const version = textOf(packed, 'version')?.trim().slice(0, 300) ?? '';
  const sent = textOf(manifest, 'version');
  // The npm client cleans "v1.0.0" and drops build metadata.
  if (version !== sent && clean(version, { loose: true }) !== sent) throw mismatch('version');
}

/** Differences that well-behaved clients make by themselves. */
function isKnownDifference(
  field: string,
  manifest: JsonObject,
  facts: TarballFacts,
  sent: ComparableManifest,
): boolean {
  if (field === 'scripts') return hasOnlyAddedScripts(manifest, facts);
  if (field === 'bin' && isExpandedFolder(manifest, facts.manifest)) return true;
  // pnpm applies publishConfig to the manifest that it sends.
  const override = objectOf(memberOf(facts.manifest, 'publishConfig'));
  if (memberOf(override, field) === undefined) return false;
  return comparableManifest({ ...facts.manifest, [field]: override[field] }).get(field) === sent.get(field);
}

/** The npm client adds the scripts that it runs by default when binding.gyp or server.js are there. */
function hasOnlyAddedScripts(manifest: JsonObject, facts: TarballFacts): boolean {
  const packed = readScripts(facts.manifest);
  const sent = new Map(readScripts(manifest));
  if (!packed.has('start') && sent.get('start') === 'node server.js') sent.delete('start');
  const compiles = facts.hasBindingGyp && !packed.has('install') && !packed.has('preinstall');
  if (compiles && sent.get('install') === 'node-gyp rebuild') sent.delete('install');
  return canonicalJson(Object.fromEntries(sent)) === canonicalJson(Object.fromEntries(packed));
}

/** `directories.bin` names a folder; the npm client lists its files as `bin`. */
function isExpandedFolder(manifest: JsonObject, packed: JsonObject): boolean {
  const folder = textOf(memberOf(packed, 'directories'), 'bin');
  if (folder === undefined || memberOf(packed, 'bin') !== undefined) return false;
  const prefix = `${folder.replace(/^(\.?\/)+/, '').replace(/\/+$/, '')}/`;
  const targets = Object.values(objectOf(memberOf(manifest, 'bin')));
  return targets.every(
    (target) => typeof target === 'string' && target.replace(/^(\.?\/)+/, '').startsWith(prefix),
  );
}

function mismatch(field: string): DomainError {
  return new DomainError(
    'invalid_package',
    `"${field}" in the publish document differs from package.json in the tarball: pack and publish the same files.`,
    { field },
  );
}
