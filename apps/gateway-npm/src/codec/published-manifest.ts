import { isObject, memberOf, objectOf, textOf, without, type JsonObject } from './json-values';
import type { TarballFacts } from './tarball-contents';

/** Client fields that stay although they begin with an underscore. */
const keptMarks: ReadonlySet<string> = new Set(['_nodeVersion', '_npmVersion']);
/**
 * `dist` is the registry's own; the README and the maintainers belong to the package; the rest is what clients leak
 * of their own machine (A3.1). `deprecated` comes back below when it is text.
 */
const dropped: ReadonlySet<string> = new Set([
  'dist',
  'readme',
  'readmeFilename',
  'maintainers',
  'integrity',
  'shasum',
  'deprecated',
]);

/** The manifest as the registry serves it, without `dist`. */
export function publishedManifest(
  manifest: JsonObject,
  facts: TarballFacts,
  publisher: { readonly name: string; readonly email: string },
): JsonObject {
  const { name, version, ...kept } = without(
    manifest,
    (key) => dropped.has(key) || (key.startsWith('_') && !keptMarks.has(key)),
  );
  const deprecated = textOf(manifest, 'deprecated');
  const scripts = objectOf(memberOf(manifest, 'scripts'));
  const runsScript = ['preinstall', 'install', 'postinstall'].some(
    (key) => typeof memberOf(scripts, key) === 'string',
  );
  const hasInstallScript = runsScript || (facts.hasBindingGyp && memberOf(manifest, 'gypfile') !== false);
  return {
    name,
    version,
    ...without(kept, (key) => key === 'hasInstallScript' || (keptMarks.has(key) && isObject(kept[key]))),
    _id: `${String(name)}@${String(version)}`,
    _npmUser: { name: publisher.name, email: publisher.email },
    ...(deprecated && { deprecated }),
    ...(hasInstallScript && { hasInstallScript }),
    ...(facts.hasShrinkwrap && { _hasShrinkwrap: true }),
  };
}
