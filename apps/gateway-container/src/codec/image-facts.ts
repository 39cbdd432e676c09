import { isObject, type Descriptor } from './descriptor';
import { artifactTypeOf, type Manifest } from './manifest';
import { JsonFault, parseStrictJson } from './strict-json';

/** Larger configs are not looked into: they hold labels and history of a few kilobytes. */
export const MAX_CONFIG = 4 * 1024 * 1024;

const PREFIX = 'org.opencontainers.image.';
/** As GitHub limits them, in characters. */
const limits = { source: 256, description: 512, licenses: 256 } as const;

/** What an image says of itself, shortened to what is shown. */
export interface ImageLabels {
  readonly source: string | null;
  readonly description: string | null;
  readonly licenses: string | null;
}

/** Labels of a single image are in its config; an index has annotations of its own (spec R-33). */
export function labelsOf(labels: Readonly<Record<string, string>>): ImageLabels {
  const read = (name: keyof typeof limits): string | null => {
    // Databases cannot hold the NUL character in text.
    const text = labels[PREFIX + name]?.replaceAll('\0', '').trim() ?? '';
    return text === '' ? null : shorten(text, limits[name]);
  };
  return { source: read('source'), description: read('description'), licenses: read('licenses') };
}

/** What the config of an image tells: its labels and its platform. Configs of other artifacts tell nothing; broken ones neither. */
export interface ImageConfig {
  readonly labels: Readonly<Record<string, string>>;
  readonly platform: string | null;
}

export function readConfig(bytes: Uint8Array): ImageConfig {
  const nothing = { labels: {}, platform: null };
  try {
    const config = parseStrictJson(bytes, { depth: 64, values: 200_000 });
    if (!isObject(config)) return nothing;
    const inner = config['config'];
    const labels = isObject(inner) && isObject(inner['Labels']) ? inner['Labels'] : {};
    const texts = Object.entries(labels).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    const { os, architecture, variant } = config;
    return { labels: Object.fromEntries(texts), platform: platformText(os, architecture, variant) };
  } catch (error) {
    if (error instanceof JsonFault) return nothing;
    throw error;
  }
}

/** One entry of what an index offers. */
export interface OfferedPlatform {
  readonly platform: string;
  readonly digest: string;
  readonly size: number;
}

/** Platforms of an index, in its order; entries that only tell of others (attestations) are no platforms. */
export function platformsOf({ children }: Manifest): OfferedPlatform[] {
  return children.flatMap((child) => {
    const platform =
      child.platform && platformText(child.platform.os, child.platform.architecture, child.platform.variant);
    return platform && !isAttestation(child)
      ? [{ platform, digest: child.digest.text, size: child.size }]
      : [];
  });
}

/** Entries of BuildKit that carry provenance and bills of material: no image of any platform. */
function isAttestation({ annotations, platform }: Descriptor): boolean {
  return (
    annotations['vnd.docker.reference.type'] === 'attestation-manifest' ||
    (platform?.os === 'unknown' && platform.architecture === 'unknown')
  );
}

/** Short facts of a version, under names that are the same for every kind of image. */
export function propertiesOf(
  manifest: Manifest,
  config: ImageConfig | null,
  size: number,
): Record<string, string> {
  const platforms = manifest.kind === 'index' ? platformsOf(manifest) : [];
  const attestations = manifest.children.filter(isAttestation).length;
  const artifactType = artifactTypeOf(manifest);
  return {
    mediaType: manifest.mediaType,
    kind: manifest.kind,
    size: String(size),
    ...(artifactType !== null && { artifactType: artifactType.replaceAll('\0', '').slice(0, 255) }),
    ...(manifest.subject && { subject: manifest.subject.digest.text }),
    ...(config?.platform && { platform: config.platform }),
    ...(platforms.length > 0 && { platforms: JSON.stringify(platforms.slice(0, 100)) }),
    ...(attestations > 0 && { attestations: String(attestations) }),
  };
}

function platformText(os: unknown, architecture: unknown, variant: unknown): string | null {
  if (typeof os !== 'string' || typeof architecture !== 'string' || os === '' || architecture === '')
    return null;
  const parts = [os, architecture, ...(typeof variant === 'string' && variant !== '' ? [variant] : [])];
  return parts.join('/').replaceAll('\0', '').slice(0, 100);
}

/** Cuts between characters: half of a pair is no text. */
function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  return Array.from(text).slice(0, most).join('');
}
