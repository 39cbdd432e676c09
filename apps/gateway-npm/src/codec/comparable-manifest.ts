import { posix } from 'node:path';
import { canonicalSpec } from './dependency-spec';
import { canonicalJson, isObject, memberOf, objectOf, textOf, type JsonObject } from './json-values';

/** The fields by which installers act, in a form in which two spellings of the same are equal text. */
export type ComparableManifest = ReadonlyMap<string, string>;

type Entries = ReadonlyMap<string, string>;

/** Scripts that only the publisher runs; some clients drop them from what they publish. */
const publisherScripts: ReadonlySet<string> = new Set([
  ...[
    'prepublish',
    'prepublishOnly',
    'prepack',
    'postpack',
    'prepare',
    'preprepare',
    'postprepare',
    'publish',
    'postpublish',
  ],
]);

/**
 * Brings a manifest to its comparable form. Clients normalise the manifest in the document and pack package.json as
 * it is, so both sides go through the same rules here (C1, manifest confusion).
 */
export function comparableManifest(manifest: JsonObject): ComparableManifest {
  const optional = readSpecs(manifest, 'optionalDependencies');
  const named = readSpecs(manifest, 'dependencies');
  const bundled = readBundled(manifest, [...named.keys(), ...optional.keys()]);
  // Clients list a bundled package that is no dependency as one, and optional packages among the others.
  const dependencies = new Map<string, string>([...bundled].map((name) => [name, '*']));
  for (const [name, spec] of named) dependencies.set(name, spec);
  for (const name of optional.keys()) dependencies.delete(name);
  return new Map([
    ['dependencies', entriesText(dependencies)],
    ['optionalDependencies', entriesText(optional)],
    ['peerDependencies', entriesText(readSpecs(manifest, 'peerDependencies'))],
    ['peerDependenciesMeta', canonicalJson(objectOf(memberOf(manifest, 'peerDependenciesMeta')))],
    ['bundleDependencies', JSON.stringify([...bundled].sort())],
    ['bin', entriesText(readBin(manifest))],
    ['scripts', entriesText(readScripts(manifest))],
    ['engines', canonicalJson(memberOf(manifest, 'engines') ?? {})],
    ['os', listText(memberOf(manifest, 'os'))],
    ['cpu', listText(memberOf(manifest, 'cpu'))],
    ['libc', listText(memberOf(manifest, 'libc'))],
  ]);
}

/** The scripts that count, without those that only the publisher runs. */
export function readScripts(manifest: JsonObject): Entries {
  const scripts = new Map<string, string>();
  for (const [name, command] of Object.entries(objectOf(memberOf(manifest, 'scripts')))) {
    if (typeof command !== 'string' || publisherScripts.has(name)) continue;
    scripts.set(name, command.replace(/^(\.[/\\])?node_modules[/\\].bin[\\/]/, '').trim());
  }
  return scripts;
}

/** Dependencies by name; old manifests may hold a list of `name@range`. */
function readSpecs(manifest: JsonObject, field: string): Map<string, string> {
  const value = memberOf(manifest, field);
  const specs = new Map<string, string>();
  if (Array.isArray(value)) {
    for (const item of value.filter((member): member is string => typeof member === 'string')) {
      const [, name, spec] = /^\s*(@?[^@\s]+)[@\s]*(.*?)\s*$/.exec(item.slice(0, 1000)) ?? [];
      if (name !== undefined) specs.set(name, canonicalSpec(spec ?? ''));
    }
    return specs;
  }
  for (const [name, spec] of Object.entries(objectOf(value))) {
    if (typeof spec === 'string') specs.set(name.trim(), canonicalSpec(spec));
  }
  return specs;
}

function readBundled(manifest: JsonObject, dependencies: readonly string[]): ReadonlySet<string> {
  const value = memberOf(manifest, 'bundleDependencies') ?? memberOf(manifest, 'bundledDependencies');
  if (value === true) return new Set(dependencies);
  if (Array.isArray(value)) return new Set(value.filter((name): name is string => typeof name === 'string'));
  return new Set(Object.keys(objectOf(value)));
}

/** A text is the command of the package's own name; paths and names lose what leads out of the package. */
function readBin(manifest: JsonObject): Entries {
  const value = memberOf(manifest, 'bin');
  const bin = new Map<string, string>();
  for (const [name, target] of binEntries(value, textOf(manifest, 'name') ?? '')) {
    if (typeof target !== 'string') continue;
    const command = posix.join('/', posix.basename(name.replace(/[\\:]/g, '/'))).slice(1);
    const path = posix.join('/', target.replaceAll('\\', '/')).replace(/^\/+/, '');
    if (command !== '' && path !== '') bin.set(command, path);
  }
  return bin;
}

function binEntries(value: unknown, packageName: string): [string, unknown][] {
  if (typeof value === 'string') return [[packageName.trim(), value]];
  if (Array.isArray(value))
    return value.map((path: unknown) => [typeof path === 'string' ? posix.basename(path) : '', path]);
  return isObject(value) ? Object.entries(value) : [];
}

function listText(value: unknown): string {
  const list = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  return JSON.stringify([...new Set(list.map((item) => String(item)))].sort());
}

function entriesText(entries: Entries): string {
  return JSON.stringify([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
