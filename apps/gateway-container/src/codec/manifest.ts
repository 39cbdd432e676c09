import {
  readAnnotations,
  readDescriptor,
  isObject,
  refuseOtherCase,
  textOf,
  type Descriptor,
} from './descriptor';
import {
  DOCKER_LIST,
  isForeign,
  isSchema1,
  kindOf,
  OCI_INDEX,
  OCI_MANIFEST,
  type ManifestKind,
} from './media-types';
import { registryError } from './registry-error';
import { JsonFault, parseStrictJson, type Json, type JsonObject } from './strict-json';

/** Readers of clients stop at 4 MiB: what is larger could be pushed and never pulled. */
export const MAX_MANIFEST = 4 * 1024 * 1024;
/** Descriptors of one manifest; as many as its version can have files, and versions that it contains. */
const MAX_LAYERS = 1000;
const MAX_CHILDREN = 10_000;
const jsonLimits = { depth: 32, values: 200_000 };

/** A manifest or an index, checked. Its bytes are kept as they came; this is what has to be known of them. */
export interface Manifest {
  readonly kind: ManifestKind;
  readonly mediaType: string;
  /** As written; see {@link artifactTypeOf}. */
  readonly artifactType: string | null;
  /** Of an image. */
  readonly config: Descriptor | null;
  /** Content that it refers to: layers; in an index, entries that are no manifests (old caches of BuildKit). */
  readonly layers: readonly Descriptor[];
  /** Manifests that an index lists. */
  readonly children: readonly Descriptor[];
  readonly subject: Descriptor | null;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Checks a manifest as it was sent. `contentType` is the request's, without parameters. Rejects `MANIFEST_INVALID` for
 * whatever could mean two things to two readers.
 */
export function readManifest(bytes: Uint8Array, contentType: string | null): Manifest {
  if (contentType !== null) checkType(contentType);
  try {
    const document = parseStrictJson(bytes, jsonLimits);
    if (!isObject(document)) throw new JsonFault('it is not a JSON object');
    return readDocument(document, contentType);
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw registryError('MANIFEST_INVALID', `The manifest cannot be taken: ${error.message}.`);
  }
}

/** What lists of referrers and filters call it: its own type, or, for an image without one, the type of its config. */
export function artifactTypeOf({ artifactType, config }: Manifest): string | null {
  return artifactType ?? config?.mediaType ?? null;
}

/** Content that has to be here before the manifest is: all but what says that it is kept elsewhere. */
export function requiredBlobs({ config, layers }: Manifest): Descriptor[] {
  const kept = layers.filter(({ mediaType, urls }) => !isForeign(mediaType) && urls.length === 0);
  return config ? [config, ...kept] : kept;
}

function readDocument(document: JsonObject, contentType: string | null): Manifest {
  refuseOtherCase(document, 'it', [
    ...[
      'schemaVersion',
      'mediaType',
      'artifactType',
      'config',
      'layers',
      'manifests',
      'subject',
      'annotations',
    ],
    ...['fsLayers', 'blobs'],
  ]);
  if (document['schemaVersion'] !== 2) throw new JsonFault('its schemaVersion is not 2');
  const mediaType = typeOf(document, contentType);
  const kind = kindOf(mediaType)!;
  refuseTwoFaces(document, kind);
  const parts = kind === 'image' ? readImage(document) : readIndex(document);
  return {
    ...{ kind, mediaType, ...parts },
    artifactType: textOf(document['artifactType'], 'artifactType'),
    subject: isGiven(document['subject']) ? readDescriptor(document['subject'], 'subject') : null,
    annotations: readAnnotations(document['annotations'], 'annotations'),
  };
}

/** The type under which it is stored and served: the request's, which the document must not deny. */
function typeOf(document: JsonObject, contentType: string | null): string {
  const written = textOf(document['mediaType'], 'mediaType');
  const type = contentType ?? written ?? typeByShape(document);
  if (written !== null && written !== type)
    throw new JsonFault(
      `its mediaType is ${written.slice(0, 150)}, and the Content-Type of the request ${type.slice(0, 150)}`,
    );
  checkType(type);
  if (
    written === null &&
    type !== OCI_MANIFEST &&
    type !== OCI_INDEX &&
    type !== DOCKER_LIST &&
    contentType === null
  )
    throw new JsonFault('it has no mediaType');
  return type;
}

function typeByShape(document: JsonObject): string {
  if (isGiven(document['manifests'])) return OCI_INDEX;
  if (isGiven(document['config']) && isGiven(document['layers'])) return OCI_MANIFEST;
  throw new JsonFault('neither the request nor the document says of which type it is');
}

function checkType(type: string): void {
  if (kindOf(type) !== null) return;
  throw registryError(
    'MANIFEST_INVALID',
    isSchema1(type)
      ? 'Docker images of schema 1 are not taken: push with a client that writes schema 2 or OCI images (Docker 1.10 or newer).'
      : `"${type.slice(0, 150)}" is not the type of a manifest here: push OCI manifests and indexes, or Docker schema 2.`,
    { mediaType: type.slice(0, 150) },
  );
}

/** One document must not be an image to one reader and an index to another (CVE-2021-41190). */
function refuseTwoFaces(document: JsonObject, kind: ManifestKind): void {
  const foreign =
    kind === 'image' ? ['manifests', 'fsLayers', 'blobs'] : ['config', 'layers', 'fsLayers', 'blobs'];
  const found = foreign.find((key) => key in document);
  if (found !== undefined)
    throw new JsonFault(`${kind === 'image' ? 'an image manifest' : 'an index'} has no "${found}"`);
}

function readImage(document: JsonObject): Pick<Manifest, 'config' | 'layers' | 'children'> {
  const config = readDescriptor(document['config'], 'config');
  const layers = descriptorsOf(document['layers'], 'layers', MAX_LAYERS);
  return { config, layers, children: [] };
}

function readIndex(document: JsonObject): Pick<Manifest, 'config' | 'layers' | 'children'> {
  const entries = descriptorsOf(document['manifests'], 'manifests', MAX_CHILDREN);
  const children = entries.filter(({ mediaType }) => kindOf(mediaType) !== null);
  const layers = entries.filter(({ mediaType }) => kindOf(mediaType) === null);
  if (layers.length > MAX_LAYERS) throw new JsonFault(`it lists more than ${MAX_LAYERS} layers`);
  return { config: null, layers, children };
}

function descriptorsOf(value: Json | undefined, what: string, most: number): Descriptor[] {
  if (!Array.isArray(value)) throw new JsonFault(`it has no list "${what}"`);
  if (value.length > most) throw new JsonFault(`it has more than ${most} ${what}`);
  const descriptors = (value as readonly Json[]).map((item, index) =>
    readDescriptor(item, `${what}[${index}]`),
  );
  refuseContradictions(descriptors, what);
  return descriptors;
}

/** The same content may be named often, but has one size. */
function refuseContradictions(descriptors: readonly Descriptor[], what: string): void {
  const sizes = new Map<string, number>();
  for (const { digest, size } of descriptors) {
    if ((sizes.get(digest.text) ?? size) !== size)
      throw new JsonFault(`${what} give ${digest.text} two sizes`);
    sizes.set(digest.text, size);
  }
}

function isGiven(value: Json | undefined): boolean {
  return value !== undefined && value !== null;
}
