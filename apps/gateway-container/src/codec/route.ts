import type { DomainError } from '@packhouse/kernel';
import { registryError } from './registry-error';
import { MAX_NAME_LENGTH, splitRepositoryName } from './repository-name';

/** What a path below the registry's root asks for. Names have been checked, everything else is as sent, decoded once. */
export type RegistryRoute =
  | { readonly kind: 'root' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'blob'; readonly name: string; readonly digest: string }
  | { readonly kind: 'uploads'; readonly name: string }
  | { readonly kind: 'upload'; readonly name: string; readonly id: string }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'tags'; readonly name: string }
  | { readonly kind: 'referrers'; readonly name: string; readonly digest: string };

/** Longer paths name nothing that can be here. */
const LONGEST_PATH = 2000;

/**
 * Reads a raw path (still encoded, without the query) behind `/v2`. The fixed parts are looked for from the right, as
 * names hold slashes and may hold words such as `blobs`. Escapes are undone once and after splitting: an encoded slash is
 * a character of a component, and none has one. Null: the protocol has no such path. Rejects `NAME_INVALID`.
 */
export function readRoute(path: string): RegistryRoute | null {
  if (path === '' || path === '/') return { kind: 'root' };
  if (path.length > LONGEST_PATH) throw nameInvalid(path);
  if (path === '/_catalog') return { kind: 'catalog' };
  const parts = path.slice(1).split('/');
  return readUploads(parts) ?? readEnd(parts);
}

/** `…/blobs/uploads`, with a slash behind it or not, and `…/blobs/uploads/ID`. */
function readUploads(parts: readonly string[]): RegistryRoute | null {
  const last = parts.at(-1)!;
  if (last === 'uploads' && parts.at(-2) === 'blobs')
    return { kind: 'uploads', name: nameOf(parts.slice(0, -2)) };
  if (parts.at(-2) !== 'uploads' || parts.at(-3) !== 'blobs') return null;
  const name = nameOf(parts.slice(0, -3));
  return last === '' ? { kind: 'uploads', name } : { kind: 'upload', name, id: decodePart(last) };
}

function readEnd(parts: readonly string[]): RegistryRoute | null {
  const last = parts.at(-1)!;
  const before = parts.at(-2);
  const rest = parts.slice(0, -2);
  if (last === '' || before === undefined) return null;
  if (before === 'manifests') return { kind: 'manifest', name: nameOf(rest), reference: decodePart(last) };
  if (before === 'blobs') return { kind: 'blob', name: nameOf(rest), digest: decodePart(last) };
  if (before === 'referrers') return { kind: 'referrers', name: nameOf(rest), digest: decodePart(last) };
  if (before === 'tags' && last === 'list') return { kind: 'tags', name: nameOf(rest) };
  return null;
}

function nameOf(parts: readonly string[]): string {
  const name = parts.map(decodePart).join('/');
  // A slash that was encoded is no separator: it belongs to no component either.
  const isWhole = parts.every((part) => !/%2f/i.test(part));
  if (!isWhole || splitRepositoryName(name) === null) throw nameInvalid(name);
  return name;
}

function decodePart(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    throw nameInvalid(part);
  }
}

/** The refusal of a name, wherever one was given. */
function nameInvalid(name: string): DomainError {
  return registryError(
    'NAME_INVALID',
    `The name of an image has up to ${MAX_NAME_LENGTH} characters: lower-case letters and digits, with single ".", "_" or "-" inside, in parts with "/" between them.`,
    { name: name.slice(0, 300) },
  );
}
