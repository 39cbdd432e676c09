import { isObject, memberOf, type JsonObject } from './json-values';

/** A package that another needs to be installed. */
export interface DependencyRecord {
  readonly name: string;
  readonly nameKey: string;
  readonly requirement: string;
  readonly kind: string;
}

/** Not `devDependencies`: nobody who installs the package gets them. */
const kinds = [
  ['dependencies', 'runtime'],
  ['optionalDependencies', 'optional'],
  ['peerDependencies', 'peer'],
] as const;

const maxDependencies = 1000;
const maxNameLength = 214;
const maxRequirementLength = 500;

/**
 * What a manifest needs, each name once per kind. A dependency under another name (`npm:real@1`) counts for the real
 * one. What is malformed is left out: it is not what decides about a publish.
 */
export function readDependencies(manifest: JsonObject): DependencyRecord[] {
  const found = kinds.flatMap(([field, kind]) => readKind(memberOf(manifest, field), kind));
  return found.slice(0, maxDependencies);
}

function readKind(list: unknown, kind: string): DependencyRecord[] {
  if (!isObject(list)) return [];
  return Object.entries(list).flatMap(([alias, written]) => {
    if (typeof written !== 'string' || alias === '' || alias.length > maxNameLength) return [];
    const real = /^npm:((?:@[^/@\s]+\/)?[^/@\s]+)(?:@(.*))?$/.exec(written);
    const name = real?.[1] ?? alias;
    const requirement = (real ? (real[2] ?? '*') : written)
      .replaceAll('\0', '')
      .slice(0, maxRequirementLength);
    return [{ name, nameKey: name.toLowerCase(), requirement, kind }];
  });
}
