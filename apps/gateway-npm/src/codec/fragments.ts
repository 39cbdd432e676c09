import { DomainError, formatBytes, KB } from '@packhouse/kernel';
import { isObject, memberOf, textOf, without, type JsonObject } from './json-values';

/** The two documents that clients read of a package; each version keeps one fragment for each. */
export const fragmentKinds = ['full', 'abbreviated'] as const;
export type FragmentKind = (typeof fragmentKinds)[number];
export type Fragments = Readonly<Record<FragmentKind, string>>;

/** What the registry itself says of a version's tarball (`dist`, A3.1). */
export interface Dist {
  readonly integrity: string;
  readonly shasum: string;
  readonly fileCount: number;
  readonly unpackedSize: number;
  readonly signatures?: readonly RegistrySignature[];
  /** Set when the version came with a provenance bundle: the type of its predicate. */
  readonly predicateType?: string;
}

export interface RegistrySignature {
  readonly keyid: string;
  readonly sig: string;
}

/**
 * Stands for the base URL in fragments, so that one replacement renders them for any address. As a raw control
 * character it never comes out of `JSON.stringify`, which writes such a character of the content as an escape.
 */
const basePlaceholder = '\u0001';
const escapedPlaceholder = '\\u0001';

/** The most that a version's full fragment may have. */
export const maxManifestBytes = 250 * KB;

/** Both fragments travel in one message with the version's other facts, as text within JSON: their share of it. */
const maxTravellingBytes = 600 * KB;

/** The fields of the abbreviated form (A3.1). */
const abbreviatedFields: ReadonlySet<string> = new Set([
  ...['name', 'version', 'deprecated', 'dependencies', 'optionalDependencies', 'devDependencies'],
  ...[
    'bundleDependencies',
    'bundledDependencies',
    'peerDependencies',
    'peerDependenciesMeta',
    'acceptDependencies',
  ],
  ...['bin', 'directories', 'engines', 'cpu', 'os', 'libc', 'funding', '_hasShrinkwrap', 'hasInstallScript'],
]);

/**
 * Renders a version's fragments at publish time. `manifest` has no `dist`; `tarball` is the path of the tarball and
 * `attestations` that of its attestations, both below the registry's base.
 */
export function renderFragments(
  manifest: JsonObject,
  dist: Dist,
  paths: { readonly tarball: string; readonly attestations: string },
): Fragments {
  const distText = renderDist(dist, paths);
  const abbreviated = Object.fromEntries(
    Object.entries(manifest).filter(([key]) => abbreviatedFields.has(key)),
  );
  const fragments = { full: attachDist(manifest, distText), abbreviated: attachDist(abbreviated, distText) };
  checkSize(fragments);
  return fragments;
}

function checkSize(fragments: Fragments): void {
  const size = Buffer.byteLength(fragments.full);
  if (size <= maxManifestBytes && Buffer.byteLength(JSON.stringify(fragments)) <= maxTravellingBytes) return;
  throw new DomainError(
    'invalid_package',
    `package.json is too large (${formatBytes(size)} as metadata, the limit is ${formatBytes(maxManifestBytes)}): remove what installers do not need from it.`,
    { size, limit: maxManifestBytes },
  );
}

/** Renders a fragment again with another deprecation message; null or an empty text removes it (A4.2). */
export function setDeprecated(fragment: string, message: string | null): string {
  const { manifest, dist } = readFragment(fragment);
  const rest = Object.entries(without(manifest, (key) => key === 'deprecated'));
  if (message) rest.push(['deprecated', message]);
  return attachDist(Object.fromEntries(rest), withPlaceholders(dist));
}

/** Whether a fragment is surely that of a package of this name; unsure of few, whose manifest has a number as a key. */
export function isNamed(fragment: string, name: string): boolean {
  return fragment.startsWith(`{"name":${JSON.stringify(name)},`);
}

/**
 * The fragment of a version that was published when its package had another name: under the present one, with the
 * tarball's address below it and the signature that clients verify for it. The attestations are not mentioned any more:
 * they were made for the former name, and clients would call them forged.
 */
export function renameFragment(
  fragment: string,
  name: string,
  sign: (name: string, version: string, integrity: string) => RegistrySignature,
): string {
  const { manifest, dist } = readFragment(fragment);
  if (manifest['name'] === name) return fragment;
  const version = textOf(manifest, 'version') ?? '';
  const integrity = textOf(dist, 'integrity') ?? '';
  const fileName = textOf(dist, 'tarball')?.split('/').at(-1) ?? '';
  const present: JsonObject = { name, ...('_id' in manifest && { _id: `${name}@${version}` }) };
  const changed: JsonObject = {
    ...('signatures' in dist && { signatures: [sign(name, version, integrity)] }),
    tarball: `${basePlaceholder}/${name}/-/${fileName}`,
  };
  const proven = without(dist, (key) => key === 'attestations');
  return attachDist(replaceMembers(manifest, present), withPlaceholders(replaceMembers(proven, changed)));
}

/** A fragment taken apart: what the client said, and what the registry says of the tarball. */
function readFragment(fragment: string): { readonly manifest: JsonObject; readonly dist: JsonObject } {
  const whole = JSON.parse(fragment.replaceAll(basePlaceholder, escapedPlaceholder)) as JsonObject;
  const dist = memberOf(whole, 'dist');
  if (!isObject(dist)) throw new Error('A fragment without dist was stored.');
  return { manifest: without(whole, (key) => key === 'dist'), dist };
}

/** With some values in place of others, in the same order. */
function replaceMembers(members: JsonObject, values: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(members).map(([key, value]) => [key, Object.hasOwn(values, key) ? values[key] : value]),
  );
}

/** The document of one version: its fragment with the address filled in. */
export function renderVersion(fragment: string, baseUrl: string): string {
  const base = escapedBase(baseUrl);
  return fragment.replaceAll(basePlaceholder, () => base);
}

/** The base URL as it goes into JSON text, without its trailing slash. */
function escapedBase(baseUrl: string): string {
  return JSON.stringify(baseUrl.replace(/\/+$/, '')).slice(1, -1);
}

function renderDist(dist: Dist, paths: { readonly tarball: string; readonly attestations: string }): string {
  const { predicateType, ...facts } = dist;
  return withPlaceholders({
    ...facts,
    tarball: `${basePlaceholder}/${paths.tarball}`,
    ...(predicateType !== undefined && {
      attestations: { url: `${basePlaceholder}/${paths.attestations}`, provenance: { predicateType } },
    }),
  });
}

/** `dist` is the registry's own and holds no text of the client that could imitate the escape. */
function withPlaceholders(dist: JsonObject): string {
  return JSON.stringify(dist).replaceAll(escapedPlaceholder, basePlaceholder);
}

function attachDist(manifest: JsonObject, distText: string): string {
  const text = JSON.stringify(manifest);
  return text === '{}' ? `{"dist":${distText}}` : `${text.slice(0, -1)},"dist":${distText}}`;
}
