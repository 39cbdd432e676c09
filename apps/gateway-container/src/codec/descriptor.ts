import { findDigest, type Digest } from './reference';
import { JsonFault, type Json, type JsonObject } from './strict-json';

/** The platform of an entry of an index. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | null;
}

/** What a manifest says of content that it refers to. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  /** Elsewhere, for content that registries do not keep; never fetched. */
  readonly urls: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly artifactType: string | null;
  readonly platform: Platform | null;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text of a member that may be left out; empty text is as none. `what` names the member in the refusal. */
export function textOf(value: Json | undefined, what: string): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string') throw new JsonFault(`${what} is not text`);
  return value;
}

/** Annotations: an object of texts; null and nothing are as none. */
export function readAnnotations(value: Json | undefined, what: string): Record<string, string> {
  const annotations = Object.create(null) as Record<string, string>;
  if (value === undefined || value === null) return annotations;
  if (!isObject(value)) throw new JsonFault(`${what} is not an object`);
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw new JsonFault(`${what} has a value that is not text`);
    annotations[name] = text;
  }
  return annotations;
}

/** Reads a descriptor. `what` is where it stands: `layers[3]`. @throws JsonFault */
export function readDescriptor(value: Json | undefined, what: string): Descriptor {
  if (!isObject(value)) throw new JsonFault(`${what} is not a descriptor`);
  refuseOtherCase(value, what, ['mediaType', 'digest', 'size', 'urls', 'data', 'platform']);
  const mediaType = textOf(value['mediaType'], `${what}.mediaType`);
  if (mediaType === null) throw new JsonFault(`${what} has no mediaType`);
  const digest = findDigest(textOf(value['digest'], `${what}.digest`) ?? '');
  if (!digest) throw new JsonFault(`${what}.digest is not a digest of sha256 or sha512`);
  const { size } = value;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw new JsonFault(`${what}.size is not a number of bytes`);
  return {
    ...{ mediaType, digest, size },
    urls: readUrls(value['urls'], what),
    annotations: readAnnotations(value['annotations'], `${what}.annotations`),
    artifactType: textOf(value['artifactType'], `${what}.artifactType`),
    platform: readPlatform(value['platform'], what),
  };
}

function readUrls(value: Json | undefined, what: string): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new JsonFault(`${what}.urls is not a list`);
  return (value as readonly Json[]).map((url) => {
    if (typeof url !== 'string' || !/^https?:\/\//i.test(url))
      throw new JsonFault(`${what}.urls has something else than http and https addresses`);
    return url;
  });
}

function readPlatform(value: Json | undefined, what: string): Platform | null {
  if (value === undefined || value === null) return null;
  if (!isObject(value)) throw new JsonFault(`${what}.platform is not an object`);
  return {
    os: textOf(value['os'], `${what}.platform.os`) ?? '',
    architecture: textOf(value['architecture'], `${what}.platform.architecture`) ?? '',
    variant: textOf(value['variant'], `${what}.platform.variant`),
  };
}

/**
 * Readers written in Go take `Layers` for `layers`: a document that uses both, or the wrong one, would be one thing to
 * them and another to us.
 */
export function refuseOtherCase(object: JsonObject, what: string, names: readonly string[]): void {
  for (const key of Object.keys(object)) {
    if (names.includes(key)) continue;
    const folded = fold(key);
    if (names.some((name) => fold(name) === folded))
      throw new JsonFault(`${what} has the key "${key}", which some readers take for another`);
  }
}

/** As Go compares: the long s and the sign for kelvin are letters of other cases too. */
const fold = (text: string): string => text.toUpperCase().toLowerCase();
