import {
  makeContent,
  makeDocument,
  describeContent,
  mediaTypes,
  type Content,
  type Descriptor,
} from './content';
import { makeHello, ownArchitecture, type Architecture } from './hello';
import { buildLayer, type Layer, type LayerFiles } from './layers';

/**
 * What one manifest leads to. An image has blobs, an index has children; what `foreign` names is in the manifest and
 * nowhere else.
 */
export interface BuiltImage {
  readonly manifest: Content;
  /** Configuration first, then the layers in order; without those that are foreign. */
  readonly blobs: readonly Content[];
  readonly children: readonly BuiltImage[];
}

export interface ImageOptions {
  readonly layers: readonly Layer[];
  readonly architecture?: Architecture;
  readonly command?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Docker's own media types instead of those of the image specification. */
  readonly docker?: boolean;
  /** Layers that are named and kept elsewhere. */
  readonly foreign?: readonly Descriptor[];
}

/** An image for one platform. */
export function buildImage(options: ImageOptions): BuiltImage {
  const {
    layers,
    architecture = ownArchitecture,
    command,
    labels,
    annotations,
    docker,
    foreign = [],
  } = options;
  const config = makeDocument(
    {
      created: '2020-01-01T00:00:00Z',
      architecture,
      os: 'linux',
      config: { Cmd: command, Labels: labels },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    },
    docker ? mediaTypes.dockerConfig : mediaTypes.config,
  );
  const mediaType = docker ? mediaTypes.dockerManifest : mediaTypes.manifest;
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: describeContent(config),
    layers: [...foreign, ...layers.map((layer) => describeContent(layer, typeOf(layer, docker)))],
    annotations,
  };
  return { manifest: makeDocument(manifest, mediaType), blobs: [config, ...layers], children: [] };
}

function typeOf(layer: Layer, docker: boolean | undefined): Partial<Descriptor> {
  return docker ? { mediaType: mediaTypes.dockerLayer } : { mediaType: layer.mediaType };
}

/** An image whose command prints a line, with `layers` layers in all. */
export async function buildHelloImage(
  line: string,
  {
    layers = 1,
    architecture = ownArchitecture,
    ...rest
  }: Partial<Omit<ImageOptions, 'layers'>> & { layers?: number } = {},
): Promise<BuiltImage> {
  const built: Layer[] = [];
  for (let index = 1; index < layers; index += 1)
    built.push(await buildLayer({ [`data/${index}.txt`]: `layer ${index} of ${line}\n` }));
  const program = { content: makeHello(line, architecture), mode: 0o755 };
  built.push(await buildLayer({ 'bin/hello': program }));
  return buildImage({ layers: built, architecture, command: ['/bin/hello'], ...rest });
}

export interface IndexOptions {
  readonly docker?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
}

/** An index of images; what an image's configuration says of its platform is what the index says. */
export function buildIndex(children: readonly BuiltImage[], options: IndexOptions = {}): BuiltImage {
  const { docker, ...rest } = options;
  const mediaType = docker ? mediaTypes.dockerList : mediaTypes.index;
  const manifests = children.map((child) => describeContent(child.manifest, describeChild(child)));
  const manifest = makeDocument({ schemaVersion: 2, mediaType, manifests, ...rest }, mediaType);
  return { manifest, blobs: [], children };
}

function describeChild({ manifest, blobs }: BuiltImage): Partial<Descriptor> {
  const { subject } = JSON.parse(manifest.bytes.toString()) as { subject?: Descriptor };
  if (subject) {
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': subject.digest,
    };
    return { annotations, platform: { architecture: 'unknown', os: 'unknown' } };
  }
  const [config] = blobs;
  if (!config?.bytes.toString().includes('"architecture"')) return {};
  const { architecture, os } = JSON.parse(config.bytes.toString()) as Record<string, string>;
  return { platform: { architecture, os } };
}

export interface ArtifactOptions {
  readonly artifactType: string;
  readonly content?: Content;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What is not an image: a signature, a list of parts, an attestation. */
export function buildArtifact({ artifactType, content, subject, annotations }: ArtifactOptions): BuiltImage {
  const config = makeContent('{}', mediaTypes.empty);
  const layer = content ?? config;
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType,
    config: describeContent(config),
    layers: [describeContent(layer)],
    subject,
    annotations,
  };
  const blobs = layer === config ? [config] : [config, layer];
  return { manifest: makeDocument(document, mediaTypes.manifest), blobs, children: [] };
}

/** What a builder says of how it made an image, as BuildKit attaches it. */
function buildAttestation(image: BuiltImage): BuiltImage {
  const predicateType = 'https://slsa.dev/provenance/v1';
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: '_', digest: { sha256: image.manifest.digest.slice(7) } }],
    predicateType,
    predicate: {},
  };
  return buildArtifact({
    artifactType: 'application/vnd.docker.attestation.manifest.v1+json',
    content: makeDocument(statement, mediaTypes.inToto),
    subject: describeContent(image.manifest),
  });
}

/** Images of two processors and what a builder says of each, in one index. */
export async function buildMultiPlatformImage(line: string, extra: LayerFiles = {}): Promise<BuiltImage> {
  const shared = await buildLayer({ 'etc/shared.txt': `shared by ${line}\n`, ...extra });
  const images: BuiltImage[] = [];
  for (const architecture of ['amd64', 'arm64'] as const) {
    const program = { content: makeHello(`${line} ${architecture}`, architecture), mode: 0o755 };
    const layers = [shared, await buildLayer({ 'bin/hello': program })];
    images.push(buildImage({ layers, architecture, command: ['/bin/hello'] }));
  }
  return buildIndex([...images, ...images.map(buildAttestation)]);
}

/** Everything a manifest leads to, each address once. */
export function listContents(image: BuiltImage): Content[] {
  const all = [...image.children.flatMap(listContents), ...image.blobs, image.manifest];
  return [...new Map(all.map((content) => [content.digest, content])).values()];
}
